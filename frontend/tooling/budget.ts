import { gzipSync } from "node:zlib";
import type { Plugin, Rolldown } from "vite";

/** What a first visit may weigh on the wire: script and style, each gzipped. */
const FIRST_LOAD_BYTES = 200_000;

/** Prints what the first load weighs and refuses a build that weighs more than the budget. */
export function budget(): Plugin {
  return {
    name: "first-load-budget",
    apply: "build",
    generateBundle(_options, bundle) {
      const firstLoad = namesOfFirstLoad(bundle);
      let total = 0;
      for (const name of firstLoad) {
        const file = bundle[name];
        if (file) total += gzipSync(file.type === "chunk" ? file.code : file.source).length;
      }
      this.info(`first load: ${(total / 1000).toFixed(1)} kB gzip in ${firstLoad.size} files`);
      if (total > FIRST_LOAD_BYTES) {
        this.error(`the first load is over its budget of ${FIRST_LOAD_BYTES / 1000} kB gzip`);
      }
    },
  };
}

/** The entry, what it imports without waiting for a click, and its style sheet. */
function namesOfFirstLoad(bundle: Rolldown.OutputBundle): Set<string> {
  const names = new Set<string>();
  const visit = (name: string) => {
    const file = bundle[name];
    if (!file || names.has(name)) return;
    names.add(name);
    if (file.type === "chunk") file.imports.forEach(visit);
  };
  for (const [name, file] of Object.entries(bundle)) {
    if (file.type === "chunk" ? file.isEntry : /index.*\.css$/.test(name)) visit(name);
  }
  return names;
}
