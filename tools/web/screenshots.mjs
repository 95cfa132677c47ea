// usage: scripts/with-demo node tools/web/screenshots.mjs [NAME...]: pictures of the main pages
// for README and docs/tour.md, in docs/images. Fails when a page is not there.
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";
import { base, browserFlags, browserPath, cookie, pages } from "./demo.mjs";

const only = process.argv.slice(2);
mkdirSync("docs/images", { recursive: true });
const browser = await chromium.launch({ executablePath: browserPath, args: browserFlags });
const sessions = new Map();
let missing = 0;
for (const p of pages) {
	if (only.length && !only.includes(p.name)) continue;
	const context = await browser.newContext({ viewport: { width: p.width ?? 1280, height: p.height ?? 800 }, locale: "en-US", reducedMotion: "reduce" });
	if (p.as) {
		if (!sessions.has(p.as)) sessions.set(p.as, await cookie(p.as));
		const [name, value] = sessions.get(p.as).split("=");
		await context.addCookies([{ name, value, url: base, httpOnly: true, sameSite: "Lax" }]);
	}
	const page = await context.newPage();
	try {
		let answer = await page.goto(base + p.path);
		for (const selector of p.follow ?? []) {
			const href = await page.locator(selector).first().getAttribute("href", { timeout: 5000 });
			answer = await page.goto(new URL(href, page.url()).href);
		}
		if (answer.status() !== 200) throw new Error(`answered ${answer.status()}`);
		await page.evaluate(() => document.fonts.ready);
		await page.screenshot({ path: `docs/images/${p.name}.png` });
		console.log(`${p.name}: ${page.url().replace(base, "")}`);
	} catch (err) {
		missing++;
		console.error(`${p.name}: ${p.path} ${String(err.message).split("\n")[0]}`);
	}
	await context.close();
}
await browser.close();
process.exit(missing ? 1 : 0);
