/** A pod of Kubernetes without Kubernetes: the environment and the mounted files of a container. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The texts of Secrets and ConfigMaps: by the name of the object, then by key. */
export type Objects = Record<string, Record<string, string>>;

interface Variable {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef: { name: string; key: string } };
}

export interface Pod {
  containers: {
    command: string[];
    env: Variable[];
    volumeMounts: { name: string; mountPath: string }[];
  }[];
  volumes: { name: string; configMap: { name: string } }[];
}

/**
 * The command of the only container, and its environment.
 *
 * @param root the folder in which the volumes are mounted.
 */
export function containerOf(pod: Pod, objects: Objects, root: string) {
  const [container] = pod.containers;
  if (!container || pod.containers.length > 1) throw new Error("the pod needs one container");
  const mounts = container.volumeMounts.map(({ name, mountPath }) => {
    const volume = pod.volumes.find((one) => one.name === name);
    mount(found(objects, volume?.configMap.name), join(root, mountPath));
    return mountPath;
  });
  const inRoot = (value: string) => (mounts.some((path) => value.startsWith(`${path}/`)) ? join(root, value) : value);
  const environment = container.env.map(({ name, value, valueFrom }) => {
    const { name: secret, key = "" } = valueFrom?.secretKeyRef ?? {};
    return [name, value === undefined ? found(found(objects, secret), key) : inRoot(value)] as const;
  });
  return { command: container.command, environment: Object.fromEntries(environment) };
}

/** Writes each key as a file. */
export function mount(texts: Record<string, string>, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [key, text] of Object.entries(texts)) writeFileSync(join(folder, key), text);
}

function found<T>(texts: Record<string, T>, name = ""): T {
  const text = texts[name];
  if (text === undefined) throw new Error(`there is no ${name}`);
  return text;
}
