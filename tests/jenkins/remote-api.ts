import type { Authentication } from "./authentication.ts";
import { advertised, type Instance } from "./layout.ts";
import { compressible, type Reply } from "./reply.ts";
import { keyFor } from "./security-realm.ts";
import type { User } from "./user.ts";

export type Bean = { _class: string } & Record<string, unknown>;

/** `api/json` of an object: all it exports, or with `tree` only the properties named there. */
export function exported(bean: Bean, tree: string | undefined, instance: Instance): Reply {
  const { _class, ...properties } = bean;
  const named = tree?.split(",").map((name) => name.trim());
  const chosen = Object.entries(properties).filter(([name]) => named === undefined || named.includes(name));
  return remote("application/json", JSON.stringify({ _class, ...Object.fromEntries(chosen) }), instance);
}

/** A reply of the remote API: it tells which Jenkins it comes from, and that no frame may show it. */
export function remote(contentType: string, body: string, instance: Instance): Reply {
  const headers = {
    ...compressible,
    ...advertised(instance),
    "X-Frame-Options": "deny",
    "Content-Type": `${contentType};charset=utf-8`,
  };
  return { status: 200, headers, body };
}

export function whoAmI(authentication: Authentication, passwordAuthorities: string[]): Bean {
  const { user, login, name } = authentication;
  const authorities = login === "password" ? passwordAuthorities : [user ? "authenticated" : "anonymous"];
  return { _class: "hudson.security.WhoAmI", anonymous: !user, authenticated: true, authorities, name };
}

/** `property` is for those who may administer the user; others see it empty. */
export function userBean(user: User, rootUrl: string, administered: boolean): Bean {
  return {
    _class: "hudson.model.User",
    absoluteUrl: `${rootUrl}/user/${encodeURIComponent(keyFor(user.id))}`,
    description: null,
    fullName: user.fullName,
    id: user.id,
    property: administered ? properties : [],
  };
}

const properties = [
  { _class: "jenkins.security.ApiTokenProperty" },
  { _class: "jenkins.console.ConsoleUrlProviderUserProperty" },
  { _class: "jenkins.views.ViewsTabBarUserProperty" },
  { _class: "hudson.model.MyViewsProperty" },
  { _class: "hudson.model.PaneStatusProperties" },
  { _class: "jenkins.security.seed.UserSeedProperty" },
  { _class: "hudson.search.UserSearchProperty", insensitiveSearch: true },
  { _class: "hudson.model.TimeZoneProperty" },
  { _class: "jenkins.model.experimentalflags.UserExperimentalFlagsProperty" },
  { _class: "hudson.security.HudsonPrivateSecurityRealm$Details" },
];
