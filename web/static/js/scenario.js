// A slider and the number beside it move together. Without this script a slider that was
// moved counts on its own when the scenario is computed.
"use strict";

(() => {
	document.querySelectorAll(".slider").forEach((slider) => {
		const range = slider.querySelector("input[type=range]");
		const number = document.getElementById("f-" + range.name.replace("slider.", "parameters-"));
		const base = BigInt(slider.dataset.base);
		const shown = slider.querySelector(".slider-shown");
		const of = shown.textContent.slice(shown.textContent.indexOf("%"));

		// write gives whole units as people type them: cents as dollars, basis points as percent.
		const write = (units) => {
			if (slider.dataset.kind === "integer") {
				return units.toString();
			}
			const whole = (units / 100n).toString().replace(/\B(?=(\d{3})+(?!\d))/g, slider.dataset.kind === "cents" ? "," : "");
			const rest = (units % 100n).toString().padStart(2, "0");
			return slider.dataset.kind === "cents" || rest !== "00" ? whole + "." + rest : whole;
		};
		const read = (text) => {
			const found = text.replace(/[$,%\s]/g, "").match(/^(\d+)(?:\.(\d{1,2}))?$/);
			if (!found) {
				return null;
			}
			return slider.dataset.kind === "integer" ? BigInt(found[1]) : BigInt(found[1] + (found[2] ?? "").padEnd(2, "0"));
		};
		const say = () => {
			shown.textContent = range.value + " " + of;
			range.setAttribute("aria-valuetext", range.value + " " + of);
		};
		range.addEventListener("input", () => {
			number.value = write((base * BigInt(range.value) + 50n) / 100n);
			say();
		});
		number.addEventListener("input", () => {
			const units = read(number.value);
			if (units !== null) {
				const part = (units * 100n + base / 2n) / base;
				range.value = (part > 200n ? 200n : part).toString();
				say();
			}
		});
		say();
	});
})();
