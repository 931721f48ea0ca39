// Type-checks every dashboard in */assets against Grafana's own types, then shows that the check
// can fail: each of a list of typical mistakes must be refused.
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const here = dirname(fileURLToPath(import.meta.url));
const workspace = join(here, "../..");

const dashboards = readdirSync(workspace, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap((entry) => {
    const assets = join(workspace, entry.name, "assets");
    try {
      return readdirSync(assets).filter((name) => name.endsWith(".json")).map((name) => join(assets, name));
    } catch (error) {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
      throw error;
    }
  })
  .map((path) => ({ path, json: JSON.parse(readFileSync(path, "utf8")) }))
  .filter(({ json }) => json.schemaVersion !== undefined && json.panels !== undefined);

const panel = (json, type) => json.panels.find((panel) => panel.type === type);

// [what is wrong, how to do it]; a mistake that finds nothing to spoil in a dashboard throws.
const mistakes = [
  ["an option's value", (json) => { panel(json, "stat").options.colorMode = "valeu"; }],
  ["an option's name", (json) => { panel(json, "stat").options.colourMode = "value"; }],
  ["a drawing style", (json) => { panel(json, "timeseries").fieldConfig.defaults.custom.drawStyle = "linez"; }],
  ["a legend", (json) => { panel(json, "timeseries").options.legend.displayMode = "tabel"; }],
  ["a field setting's name", (json) => { panel(json, "timeseries").fieldConfig.defaults.units = "s"; }],
  ["a panel type", (json) => { panel(json, "timeseries").type = "graph"; }],
  ["a base threshold without a value", (json) => { delete panel(json, "stat").fieldConfig.defaults.thresholds.steps[0].value; }],
  ["a hard-coded data source", (json) => { panel(json, "stat").datasource.uid = "P1809F7CD0C75ACF3"; }],
  ["a panel without description", (json) => { delete panel(json, "timeseries").description; }],
  ["a query without expression", (json) => { delete panel(json, "timeseries").targets[0].expr; }],
  ["a query's setting", (json) => { panel(json, "timeseries").targets[0].exemplars = true; }],
  ["a variable's type", (json) => { json.templating.list[1].type = "querry"; }],
  ["a variable's refresh", (json) => { json.templating.list[1].refresh = 3; }],
  ["an incomplete link", (json) => { delete json.links[0].keepTime; }],
  ["the crosshair", (json) => { json.graphTooltip = 5; }],
];

const options = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  types: [],
};

/** The sources to check, by a file name that exists in memory only. */
const sources = new Map();
const source = (json) => `import type { DashboardFile } from "./wire";\nexport const dashboard: DashboardFile = ${JSON.stringify(json, null, 2)};\n`;
dashboards.forEach(({ json }, i) => {
  sources.set(join(here, `dashboard-${i}.ts`), source(json));
  mistakes.forEach(([, spoil], j) => {
    const spoilt = structuredClone(json);
    spoil(spoilt);
    sources.set(join(here, `dashboard-${i}-mistake-${j}.ts`), source(spoilt));
  });
});

const host = ts.createCompilerHost(options);
const { fileExists, readFile, getSourceFile } = host;
host.fileExists = (name) => sources.has(name) || fileExists(name);
host.readFile = (name) => sources.get(name) ?? readFile(name);
host.getSourceFile = (name, version, ...rest) => sources.has(name)
  ? ts.createSourceFile(name, sources.get(name), version)
  : getSourceFile(name, version, ...rest);
const program = ts.createProgram([join(here, "wire.ts"), ...sources.keys()], options, host);

const findings = (name) => {
  const file = program.getSourceFile(name);
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map((d) => {
    const at = d.start === undefined ? 0 : file.getLineAndCharacterOfPosition(d.start).line;
    const line = file.text.split("\n")[at].trim();
    // One line of source stands before the JSON, which starts on the second.
    return `${at}: ${line}\n    ${ts.flattenDiagnosticMessageText(d.messageText, "\n    ")}`;
  });
};

let passed = 0;
let failed = 0;
const verdict = (good, text) => {
  good ? passed++ : failed++;
  console.log(`${good ? "ok  " : "FAIL"} ${text}`);
};
const types = findings(join(here, "wire.ts"));
verdict(types.length === 0, ["wire.ts", ...types].join("\n  "));
dashboards.forEach(({ path }, i) => {
  const file = relative(workspace, path);
  const found = findings(join(here, `dashboard-${i}.ts`));
  verdict(found.length === 0, [file, ...found.map((text) => `${file}:${text}`)].join("\n  "));
  mistakes.forEach(([what], j) => {
    const refused = found.length === 0
      && findings(join(here, `dashboard-${i}-mistake-${j}.ts`)).length > 0;
    verdict(refused, `${file} with a mistake in ${what} is refused`);
  });
});
if (dashboards.length === 0) verdict(false, "no dashboard found in */assets");
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
