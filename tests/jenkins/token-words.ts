/** The texts of the token list, in one language. */
export interface Words {
  addNew: string;
  defaultName: string;
  generate: string;
  cancel: string;
  copy: string;
  copied: string;
  copyNow: string;
  empty: string;
  /** Markup, because the counts are bold. */
  created: (days: number) => string;
  noCreationDate: string;
  noCreationDateTitle: string;
  used: (count: string, days: string) => string;
  neverUsed: string;
  neverUsedTitle: string;
  noStatistics: string;
  noStatisticsTitle: string;
  legacyToken: string;
  rename: string;
  revoke: string;
  confirmRevoke: string;
  confirmRevokeTitle: string;
  legacyRevoked: string;
}

export type Translation = "ja" | "sv-SE";

const english: Words = {
  addNew: "Add new Token",
  defaultName: "Default name",
  generate: "Generate",
  cancel: "Cancel",
  copy: "Copy this token",
  copied: "Copied",
  copyNow: "Copy this token now, because it cannot be recovered in the future.",
  empty: "There are no registered tokens for this user.",
  created: (days) => `Created ${days} day(s) ago`,
  noCreationDate: "Unknown",
  noCreationDateTitle: "There is no creation date for that token",
  used: (count, days) => `Used <b>${count}</b> time(s), last time was <b>${days}</b> day(s) ago`,
  neverUsed: "Never used",
  neverUsedTitle: "We strongly recommend that you revoke tokens which you do not plan to use",
  noStatistics: "No statistics available",
  noStatisticsTitle: "Token usage statistics are currently disabled",
  legacyToken:
    "We strongly recommend that you revoke this legacy token and replace it with a newly generated token for increased security.",
  rename: "Save the new name of the token",
  revoke: "Revoke this token",
  confirmRevoke:
    "Are you sure you want to revoke this token? Applications that are using it will be not able to connect anymore.",
  confirmRevokeTitle: "Revoke Token",
  legacyRevoked: "The legacy token has been revoked",
};

/** Since 2.505. The translations did not change. */
const englishOfCards: Words = {
  ...english,
  addNew: "Add new token",
  empty: "No API tokens configured",
  rename: "Rename token",
  revoke: "Revoke",
  confirmRevokeTitle: "Revoke token",
};

/** The recorded translations. All other texts are English. */
const translations: Record<Translation, Partial<Words>> = {
  ja: {
    addNew: "トークン新規追加",
    generate: "生成",
    copy: "このトークンをコピー",
    copyNow: "このトークンは将来回復できないため、今すぐコピーしてください。",
    empty: "このユーザーに登録されたトークンはありません。",
    created: (days) => `${days} 日前に作成`,
    used: (count, days) => `<b>${count}</b> 回使用、前回は <b>${days}</b> 日前`,
    neverUsed: "使用されていません",
    neverUsedTitle: "使用する予定が無い場合はトークンを無効化することを強く推奨します",
    rename: "トークンの新しい名前を保存",
    revoke: "このトークンを無効化",
    confirmRevoke: "このトークンを無効化しますか？このトークンを使用しているアプリケーションは接続できなくなります。",
    legacyRevoked: "レガシートークンは無効にされました",
  },
  "sv-SE": {
    addNew: "Lägg till ny token",
    defaultName: "Standardnamn",
    generate: "Generera",
    cancel: "Avbryt",
    copy: "Kopiera denna token",
    copied: "Kopierades",
    copyNow: "Kopiera denna token nu, eftersom den inte kan återställas i framtiden.",
    empty: "Det finns ingen registrerad token för denna användare.",
    created: (days) => `Skapades ${days} dag(ar) sedan`,
    used: (count, days) => `Använts <b>${count}</b> gång(er), senast var <b>${days}</b> dag(ar) sedan`,
    neverUsed: "Aldrig använd",
    neverUsedTitle: "Vi rekommenderar starkt att du återkallar alla token som du inte planerar att använda",
    rename: "Spara nytt namn på token",
    revoke: "Återkalla denna token",
    confirmRevoke:
      "Är du säker på att du vill återkalla denna token? Applikationer som använder den kommer inte längre att kunna ansluta.",
    confirmRevokeTitle: "Återkalla token",
    legacyRevoked: "Äldre token har återkallats",
  },
};

/** Java finds a translation by language, or by language and country if its name has both. */
export function translationFor(locale: string, available: readonly Translation[]): Translation | undefined {
  return available.find((translation) => locale === translation || locale.startsWith(`${translation}-`));
}

export function words(markup: "rows" | "cards", translation: Translation | undefined): Words {
  const base = markup === "cards" ? englishOfCards : english;
  return translation === undefined ? base : { ...base, ...translations[translation] };
}

/** The name of a token without a given name. */
export function defaultTokenName(created: string, translation: Translation | undefined): string {
  return translation === "sv-SE" ? `Token skapades ${created}` : `Token created on ${created}`;
}

/** The title of the page, which is called Security since 2.468. */
export function configurationTitle(userName: string, locale: string): string {
  if (/^de\b/.test(locale)) return `Benutzer „${userName}“ konfigurieren`;
  if (/^ja\b/.test(locale)) return `ユーザー '${userName}' の設定`;
  return `User ‘${userName}’ Configuration`;
}
