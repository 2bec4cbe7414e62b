import type { Authentication } from "./authentication.ts";
import { advertised, type Instance } from "./layout.ts";
import type { Profile } from "./profile.ts";
import { profileOf } from "./profiles.ts";
import { compressible, type Reply } from "./reply.ts";
import { keyFor } from "./security-realm.ts";
import type { User } from "./user.ts";

export type Bean = { _class: string } & Record<string, unknown>;

/** `api/json` of an object: all exported properties, or only the properties in `tree`. */
export function exported(bean: Bean, tree: string | undefined, instance: Instance): Reply {
  const { _class, ...properties } = bean;
  const named = tree?.split(",").map((name) => name.trim());
  const chosen = Object.entries(properties).filter(([name]) => named === undefined || named.includes(name));
  return remote("application/json", JSON.stringify({ _class, ...Object.fromEntries(chosen) }), instance);
}

/** A reply of the remote API. It has the version of Jenkins, and in later versions a header against frames. */
export function remote(contentType: string, body: string, instance: Instance): Reply {
  const { remoteApiHeaders, advertisedInText } = profileOf(instance.version);
  const isAdvertised = contentType !== "text/plain" || advertisedInText;
  const headers = {
    ...compressible,
    ...(isAdvertised && advertised(instance)),
    ...remoteApiHeaders,
    "Content-Type": `${contentType};charset=utf-8`,
  };
  return { status: 200, headers, body };
}

export function whoAmI(authentication: Authentication, session: string | undefined, profile: Profile): Bean {
  const { user, login, name } = authentication;
  const isByPassword = login === "password" || login === "session";
  const authorities = isByPassword
    ? profile.passwordAuthorities
    : [user ? "authenticated" : profile.anonymousAuthority];
  const bean = { _class: "hudson.security.WhoAmI", anonymous: !user, authenticated: true, authorities };
  if (!profile.whoAmIDetails) return { ...bean, name };

  const details = login === "token" ? null : webAuthenticationDetails(session);
  const principal = isByPassword ? "hudson.security.HudsonPrivateSecurityRealm$Details@f9bef41" : name;
  const type = user ? "UsernamePasswordAuthenticationToken" : "anonymous.AnonymousAuthenticationToken";
  const printed = `org.acegisecurity.providers.${type}@fa0ba1a0: Username: ${principal}; Password: [PROTECTED]; Authenticated: true; Details: ${details}; Granted Authorities: ${authorities.join(", ")}`;
  return { ...bean, details, name, toString: printed };
}

function webAuthenticationDetails(session = "null"): string {
  return `org.acegisecurity.ui.WebAuthenticationDetails@957e: RemoteIpAddress: 127.0.0.1; SessionId: ${session}`;
}

/** `property` is empty for viewers who may not administer the user. */
export function userBean(user: User, rootUrl: string, administered: boolean, { userProperties }: Profile): Bean {
  return {
    _class: "hudson.model.User",
    absoluteUrl: `${rootUrl}/user/${rawEncode(keyFor(user.id))}`,
    description: null,
    fullName: user.fullName,
    id: user.id,
    property: administered ? userProperties.map(property) : [],
  };
}

/** Jenkins' own encoding of a path segment. Unlike JavaScript's, it does not encode some characters, such as `@`. */
function rawEncode(part: string): string {
  return encodeURIComponent(part)
    .replaceAll(/%(?:24|26|2B|2C|3D|40)/g, decodeURIComponent)
    .replaceAll("~", "%7E");
}

function property(_class: string): Bean {
  return _class === "hudson.search.UserSearchProperty" ? { _class, insensitiveSearch: true } : { _class };
}
