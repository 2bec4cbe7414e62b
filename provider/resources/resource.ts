/** The operations that Pulumi calls on a resource, in the order of the calls. */
import type { CheckFailure } from "../settings/failure.ts";
import type { Context } from "./context.ts";

export type Properties = Record<string, unknown>;

export interface Resource {
  /** Validates the inputs. Contacts nothing. */
  check(olds: Properties, news: Properties, context: Context): Checked;
  /** What a change of the inputs, or the time, means for the resource. Contacts nothing. */
  diff(id: string, olds: Properties, news: Properties, context: Context): Changes;
  /** The outputs that are known before create. */
  previewCreate(inputs: Properties, context: Context): Properties;
  create(inputs: Properties, context: Context): Promise<{ id: string; outs: Properties }>;
  /** The resource as it is now. An empty id says that it is certainly gone. */
  read(id: string, properties: Properties, context: Context): Promise<ReadResult>;
  /** The outputs that are known before update. */
  previewUpdate(id: string, olds: Properties, news: Properties, context: Context): Properties;
  /** Returns the whole state. Otherwise the value of the token would be lost. */
  update(id: string, olds: Properties, news: Properties, context: Context): Promise<{ outs: Properties }>;
  remove(id: string, properties: Properties, context: Context): Promise<void>;
}

export interface Checked {
  inputs: Properties;
  failures: CheckFailure[];
}

export interface Changes {
  /** Whether there is any change. */
  changes: boolean;
  /** The properties whose change replaces the resource. */
  replaces: string[];
  /** The properties whose change updates the resource. */
  updates: string[];
}

export interface ReadResult {
  id: string;
  props: Properties;
  /** The inputs of a resource that is imported or looked up. */
  inputs?: Properties;
}
