/** Builds `dist/` anew: ES modules, CommonJS, and the types of both; with `--test` the tests too. */

import { execFile } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { promisify } from "node:util";

const TSC = createRequire(import.meta.url).resolve("typescript/bin/tsc");

async function compile(project) {
  try {
    await promisify(execFile)(process.execPath, [TSC, "-p", project]);
  } catch (error) {
    console.error(error.stdout || error.message);
    process.exit(1);
  }
}

// What was built from files that are gone must not be packed.
for (const folder of ["dist", "build"]) {
  rmSync(folder, { recursive: true, force: true });
}
await Promise.all([compile("tsconfig.json"), compile("tsconfig.cjs.json")]);
writeFileSync("dist/cjs/package.json", '{"type": "commonjs"}\n');
if (process.argv.includes("--test")) {
  await compile("tsconfig.test.json");
}
