/** An exception below Jenkins' UncaughtExceptionFilter. The reply is the "Oops!" page. */
export class UncaughtException extends Error {
  override name = "UncaughtException";
}

/** A missing permission. Jenkins' ExceptionTranslationFilter replies. */
export class AccessDenied extends Error {
  override name = "AccessDenied";
  readonly permission: Permission;

  constructor(permission: Permission) {
    super(`${permission.title} permission is missing`);
    this.permission = permission;
  }
}

/** The container's `sendError`. The reply is Jetty's own page. */
export class SentError extends Error {
  override name = "SentError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface Permission {
  id: string;
  title: string;
  impliedBy: string[];
}

export const read: Permission = {
  id: "hudson.model.Hudson.Read",
  title: "Overall/Read",
  impliedBy: ["hudson.security.Permission.GenericRead", "hudson.model.Hudson.Administer"],
};

export const administer: Permission = {
  id: "hudson.model.Hudson.Administer",
  title: "Overall/Administer",
  impliedBy: [],
};
