import { randomUUID } from "node:crypto";

/** What a token has besides its inputs, of the same length as with a real one. */
const observed = () => ({
  tokenUuid: randomUUID(),
  tokenValue: `11${randomUUID().replaceAll("-", "")}`,
  userId: "user1",
  jenkinsUrl: "http://127.0.0.1:12345",
  createdAt: new Date().toISOString(),
});

export const configure = async () => undefined;
export const check = async (olds, news) => ({
  inputs: { ...news, tokenName: olds.tokenName ?? `${news.autoName}-${randomUUID().slice(0, 8)}` },
});
export const diff = async () => ({ changes: false, replaces: [] });
export const create = async (inputs) => {
  const outs = { ...inputs, ...observed() };
  return { id: outs.tokenUuid, outs };
};
export const read = async (id, props) => ({ id, props });
export const update = async (_id, olds, news) => ({ outs: { ...olds, ...news } });
const remove = async () => undefined;

export { remove as delete };
