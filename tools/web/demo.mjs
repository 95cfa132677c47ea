// What the tools that look at pages share: the server, the browser, and the pages worth a look.
import { existsSync } from "node:fs";
import { execFileSync } from "node:child_process";

export const base = process.env.EARMARK_URL;
if (!base) {
	console.error("EARMARK_URL is not set: run this as scripts/with-demo node " + process.argv[1]);
	process.exit(1);
}

// The browser of the machine; nothing is downloaded.
export const browserPath = (() => {
	for (const name of ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]) {
		try {
			return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
		} catch {}
	}
	const mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
	if (existsSync(mac)) return mac;
	console.error("There is no Chromium on this machine: run scripts/install-test-tools");
	process.exit(1);
})();

export const browserFlags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

// cookie signs somebody of the demo in.
export async function cookie(email) {
	const body = new URLSearchParams({ email, password: "earmark-demo-only", next: "/" });
	const answer = await fetch(base + "/sign-in", { method: "POST", body, redirect: "manual" });
	const set = answer.headers.getSetCookie().find((c) => c.startsWith("earmark_session="));
	if (!set) throw new Error(`${email} cannot sign in: ${answer.status}`);
	return set.split(";")[0];
}

const preparer = "preparer-001@demo.example";
const official = "official-001a@demo.example";
const liaison = "liaison-1@demo.example";
const fiscal = "fiscal-1@demo.example";
const manager = "manager@demo.example";
const analyst = "analyst@demo.example";
const auditor = "auditor@demo.example";

// pages: who opens what. follow lists links (selectors) to click on from there, since
// identifiers differ from one state to the next. Those with main are held to Lighthouse.
export const pages = [
	{ name: "sign-in", as: "", path: "/sign-in" },
	{ name: "home-district", as: official, path: "/", main: true },
	{ name: "application", as: preparer, path: "/applications", follow: ["main table a[href^='/applications/']"], main: true },
	{ name: "allocation", as: official, path: "/allocations", follow: ["main table a[href^='/allocations/']"], main: true },
	{ name: "spending", as: preparer, path: "/expenditures" },
	{ name: "home-office", as: manager, path: "/" },
	{ name: "review-queue", as: liaison, path: "/review_queue", main: true },
	{ name: "review", as: fiscal, path: "/review_queue", follow: ["main a[href*='/revisions/']"], main: true },
	{ name: "utilization", as: manager, path: "/utilizations", main: true },
	{ name: "flags", as: liaison, path: "/flags", main: true },
	{ name: "flag", as: official, path: "/flags", follow: ["main a[href^='/flags/']"] },
	{ name: "lapse", as: manager, path: "/lapse_forecast" },
	{ name: "scenario", as: analyst, path: "/scenarios", follow: ["main table a[href^='/scenarios/']"], main: true },
	{ name: "agreement", as: official, path: "/agreements", follow: ["main table a[href^='/agreements/']"], main: true },
	{ name: "program", as: analyst, path: "/programs", follow: ["main a[href^='/programs/']"] },
	{ name: "audit", as: auditor, path: "/audit_events" },
	{ name: "public", as: "", path: "/public", main: true },
	{ name: "phone", as: official, path: "/", width: 360, height: 780 },
];
