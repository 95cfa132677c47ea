// usage: node tools/web/validate.mjs FOLDER: checks every .html of the folder and prints what is
// wrong as one JSON list of {file, rule, message, line, selector}.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { HtmlValidate, StaticConfigLoader } from "html-validate";

const folder = process.argv[2];
const checker = new HtmlValidate(
	new StaticConfigLoader({
		root: true,
		extends: ["html-validate:standard", "html-validate:a11y", "html-validate:document"],
		rules: {
			"require-csp-nonce": "off", // no script stands in a page
			"require-sri": "off", // every file comes from this server, at an address made of its content
			"no-implicit-button-type": "off", // a button of a form sends it
			"prefer-native-element": ["error", { exclude: ["region"] }], // tables that scroll are regions
			"no-dup-class": "error",
		},
	}),
);

const found = [];
for (const file of readdirSync(folder).filter((name) => name.endsWith(".html"))) {
	const report = await checker.validateString(readFileSync(join(folder, file), "utf8"), file);
	for (const result of report.results) {
		for (const m of result.messages) {
			found.push({ file, rule: m.ruleId, message: m.message, line: m.line, selector: m.selector ?? "" });
		}
	}
}
console.log(JSON.stringify(found));
