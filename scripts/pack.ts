// Makes dist/ smaller: packs the parts of zod that `dist/provider/zod.js` imports into that file, with zod's licence, and writes the schema without
// blanks. `npm run build` runs this.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const fileOf = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const licence = readFileSync(fileOf("node_modules/zod/LICENSE"), "utf8").trim();
const { version } = JSON.parse(readFileSync(fileOf("node_modules/zod/package.json"), "utf8"));

await build({
  entryPoints: [fileOf("dist/provider/zod.js")],
  outfile: fileOf("dist/provider/zod.js"),
  allowOverwrite: true,
  bundle: true,
  platform: "node",
  target: "node22.19",
  format: "esm",
  minify: true,
  banner: { js: `/*! Parts of zod ${version}:\n\n${licence}\n*/` },
});

const schema = fileOf("dist/schema.json");
writeFileSync(schema, JSON.stringify(JSON.parse(readFileSync(schema, "utf8"))));
