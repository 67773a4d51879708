// Builds the bundles and the icon sprite. Called by `python -m vernost.assets`; see docs/explanation/interface.md.
//   node build.mjs OUT_FOLDER ICONS_FILE
// ICONS_FILE is a JSON object: icon name -> the file that asked for it, or "" where the word may be no icon.
import { build } from "esbuild";
import { readFileSync, writeFileSync, readdirSync, existsSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const [out, iconsFile] = process.argv.slice(2);

const files = (folder, extension) =>
  readdirSync(join(here, folder)).filter((name) => name.endsWith(extension)).sort();

// A file put into js/controllers, js/pages or css/pages is picked up by itself: no list to keep.
// js/pages/call-desk.js becomes the Stimulus identifier "call-desk".
function controllers() {
  const names = ["js/controllers", "js/pages"].flatMap((folder) => files(folder, ".js").map((name) => [folder, name]));
  const identifiers = names.map(([, name]) => basename(name, ".js"));
  const twice = identifiers.filter((name, index) => identifiers.indexOf(name) !== index);
  if (twice.length) throw new Error(`two controllers are called ${twice.join(", ")}`);
  const imports = names.map(([folder, name], index) => `import c${index} from "./${folder}/${name}";`);
  const entries = identifiers.map((name, index) => `${JSON.stringify(name)}: c${index}`);
  return `${imports.join("\n")}\nexport default { ${entries.join(", ")} };`;
}

const styles = (folder) => files(folder, ".css").map((name) => `@import "./${folder}/${name}";`).join("\n");

const generated = {
  name: "generated",
  setup(build) {
    build.onResolve({ filter: /^generated:/ }, ({ path }) => ({ path, namespace: "generated" }));
    build.onLoad({ filter: /controllers$/, namespace: "generated" }, () => ({ contents: controllers(), resolveDir: here }));
    build.onLoad({ filter: /css\// , namespace: "generated" }, ({ path }) => ({
      contents: styles(path.slice("generated:".length)), resolveDir: here, loader: "css",
    }));
  },
};

function sprite(wanted) {
  const set = JSON.parse(readFileSync(join(here, "node_modules/@iconify-json/tabler/icons.json"), "utf8"));
  const body = (name) => (set.icons[name] ?? set.icons[set.aliases?.[name]?.parent])?.body;
  const missing = Object.keys(wanted).filter((name) => wanted[name] && !body(name));
  if (missing.length) {
    throw new Error(`no such Tabler icon: ${missing.map((name) => `${name} (${wanted[name]})`).join(", ")}`);
  }
  // Stroke and fill come from the .i class, so that one symbol serves every size and colour.
  const defaults = / (?:fill="none"|stroke="currentColor"|stroke-width="2"|stroke-linecap="round"|stroke-linejoin="round")/g;
  const symbol = (name) => `<symbol id="i-${name}" viewBox="0 0 24 24">${body(name).replace(defaults, "")}</symbol>`;
  return `<svg xmlns="http://www.w3.org/2000/svg">${Object.keys(wanted).filter(body).sort().map(symbol).join("")}</svg>\n`;
}

// Licences of everything that reaches the browser; «About» links to it.
function licences() {
  const lock = JSON.parse(readFileSync(join(here, "package-lock.json"), "utf8")).packages;
  const shipped = Object.entries(lock).filter(([path, entry]) => path && !entry.dev && !entry.optional);
  return shipped.map(([path, entry]) => {
    const folder = join(here, path);
    const texts = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile() && /^(licen[cs]e|notice)/i.test(file.name));
    const text = texts.map((file) => readFileSync(join(file.parentPath, file.name), "utf8").trim()).join("\n\n");
    return `${path.replace("node_modules/", "")} ${entry.version}, ${entry.license}\n\n${text}\n`;
  }).join(`\n${"-".repeat(72)}\n\n`);
}

const bundle = {
  bundle: true, minify: true, format: "esm", plugins: [generated],
  target: ["chrome109", "firefox115", "safari16.4"],
  loader: { ".woff2": "file" }, assetNames: "[name]-[hash]", chunkNames: "chunks/[name]-[hash]",
  legalComments: "linked", logLevel: "warning", outdir: out, absWorkingDir: here,
};
await build({ ...bundle, splitting: true, entryPoints: { app: "js/app.js", style: "css/app.css" } });
// The theme script runs before the first paint, so it is a classic script, not a deferred module.
await build({ ...bundle, format: "iife", entryPoints: { theme: "js/theme.js" } });
writeFileSync(join(out, "sprite.svg"), sprite(JSON.parse(readFileSync(iconsFile, "utf8"))));
writeFileSync(join(out, "THIRD-PARTY.txt"), licences());
for (const name of ["favicon.svg", "mark.svg"]) {
  const source = join(here, "img", name);
  if (existsSync(source)) writeFileSync(join(out, name), readFileSync(source));
}
