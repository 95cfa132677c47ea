// usage: scripts/with-demo node tools/web/lighthouse.mjs [NAME...]: performance, accessibility and
// best practices of the ten main pages, as Lighthouse sees them on a computer. Fails under 95.
import lighthouse from "lighthouse";
import { chromium } from "playwright-core";
import { base, browserFlags, browserPath, cookie, pages } from "./demo.mjs";

const least = 95;
const only = process.argv.slice(2);
const categories = ["performance", "accessibility", "best-practices"];
const desktop = {
	extends: "lighthouse:default",
	settings: {
		formFactor: "desktop",
		onlyCategories: categories,
		throttling: { rttMs: 40, throughputKbps: 10240, cpuSlowdownMultiplier: 1, requestLatencyMs: 0, downloadThroughputKbps: 0, uploadThroughputKbps: 0 },
		screenEmulation: { mobile: false, width: 1350, height: 940, deviceScaleFactor: 1, disabled: false },
	},
};

// One browser finds the addresses behind links and is then measured.
const port = 9300 + Math.floor(Math.random() * 500);
const browser = await chromium.launch({ executablePath: browserPath, args: [...browserFlags, `--remote-debugging-port=${port}`] });

async function address(p, session) {
	const context = await browser.newContext({ extraHTTPHeaders: session ? { Cookie: session } : {} });
	const page = await context.newPage();
	await page.goto(base + p.path);
	for (const selector of p.follow ?? []) {
		const href = await page.locator(selector).first().getAttribute("href", { timeout: 5000 });
		await page.goto(new URL(href, page.url()).href);
	}
	const url = page.url();
	await context.close();
	return url;
}

let low = 0;
console.log(["page".padEnd(16), ...categories].join("  "));
for (const p of pages) {
	if (only.length ? !only.includes(p.name) : !p.main) continue;
	try {
		const session = p.as ? await cookie(p.as) : "";
		const url = await address(p, session);
		const result = await lighthouse(url, { port, logLevel: "error", extraHeaders: session ? { Cookie: session } : {} }, desktop);
		const scores = categories.map((c) => Math.round((result.lhr.categories[c].score ?? 0) * 100));
		console.log([p.name.padEnd(16), ...scores.map((s, i) => String(s).padStart(categories[i].length))].join("  "));
		if (scores.some((s) => s < least)) {
			low++;
			for (const c of categories) {
				for (const ref of result.lhr.categories[c].auditRefs) {
					const audit = result.lhr.audits[ref.id];
					if (ref.weight > 0 && audit.score !== null && audit.score < 0.9) console.log(`  ${c}: ${audit.id}: ${audit.title} ${audit.displayValue ?? ""}`);
				}
			}
		}
	} catch (err) {
		low++;
		console.log(`${p.name}: ${String(err.message).split("\n")[0]}`);
	}
}
await browser.close();
process.exit(low ? 1 : 0);
