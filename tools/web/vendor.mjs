// Writes web/static/vendor from the packages of package.json: the parts of the U.S. Web Design System and of htmx
// that the pages use. Run by `make vendor`; what it writes is committed, so that building Earmark needs no Node.
//
// The style sheet is cut down to the classes that templates, Go and the scripts name (527 KB become a small part), and
// has one family of fonts: Public Sans, which the printed notices have too.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PurgeCSS } from "purgecss";

const here = dirname(fileURLToPath(import.meta.url));
const packages = join(here, "node_modules");
const web = join(here, "..", "..", "web");
const out = join(web, "static", "vendor");
const uswds = join(packages, "@uswds", "uswds");

rmSync(out, { recursive: true, force: true });
const copy = (from, to) => {
	mkdirSync(dirname(join(out, to)), { recursive: true });
	cpSync(from, join(out, to));
};

let css = readFileSync(join(uswds, "dist/css/uswds.min.css"), "utf8")
	.replace(/@font-face\{[^}]*\}/g, "")
	.replaceAll(/Merriweather Web,Georgia,Cambria,Times New Roman,Times,serif/g, "Public Sans Web,Helvetica Neue,Arial,sans-serif")
	.replaceAll(/Source Sans Pro Web,Helvetica Neue,Helvetica,Roboto,Arial,sans-serif/g, "Public Sans Web,Helvetica Neue,Arial,sans-serif")
	.replaceAll(/Roboto Mono Web,/g, "")
	.replaceAll(/\/\*# sourceMappingURL=.*?\*\//g, "");
if (!process.argv.includes("--whole")) {
	const [cut] = await new PurgeCSS().purge({
		content: [join(web, "templates/**/*.html"), join(web, "*.go"), join(web, "static/js/*.js"), join(uswds, "dist/js/uswds.min.js")],
		css: [{ raw: css }],
		safelist: { standard: [/^usa-js-/, /^is-/, /--expanded$/, /--active$/], greedy: [/usa-combo-box/, /usa-date-picker/] },
		defaultExtractor: (text) => text.match(/[\w-/:]+(?<!:)/g) ?? [],
	});
	css = cut.css;
}
const fonts = [["Regular", 400, "normal"], ["Bold", 700, "normal"]]
	.map(([name, weight, style]) => `@font-face{font-family:"Public Sans Web";font-style:${style};font-weight:${weight};font-display:swap;src:url(../fonts/PublicSans-${name}.woff2) format("woff2")}`)
	.join("");
mkdirSync(join(out, "uswds/css"), { recursive: true });
writeFileSync(join(out, "uswds/css/uswds.css"), fonts + css);
for (const name of ["Regular", "Bold"]) {
	copy(join(uswds, `dist/fonts/public-sans/PublicSans-${name}.woff2`), `uswds/fonts/PublicSans-${name}.woff2`);
}
for (const image of new Set([...css.matchAll(/url\(\.\.\/(img\/[^)]+)\)/g)].map((m) => m[1]))) {
	copy(join(uswds, "dist", image), join("uswds", image));
}
copy(join(uswds, "dist/img/sprite.svg"), "uswds/img/sprite.svg");
copy(join(uswds, "dist/js/uswds.min.js"), "uswds/js/uswds.min.js");
copy(join(uswds, "dist/js/uswds-init.min.js"), "uswds/js/uswds-init.min.js");
copy(join(uswds, "LICENSE.md"), "uswds/LICENSE.md");
copy(join(packages, "htmx.org/dist/htmx.min.js"), "htmx/htmx.min.js");
copy(join(packages, "htmx.org/LICENSE"), "htmx/LICENSE");
