// The sum of what is typed in a report of a period.
"use strict";

(() => {
	const sum = document.getElementById("period-sum");
	if (!sum) {
		return;
	}
	const inputs = document.querySelectorAll(".period-lines input.amount");
	// Cents, by the digits: no money passes through a float.
	const cents = (text) => {
		const m = /^\s*(-?)\$?([\d,]+)(?:\.(\d{1,2}))?\s*$/.exec(text);
		return m ? BigInt(m[2].replaceAll(",", "") + (m[3] ?? "").padEnd(2, "0")) * (m[1] ? -1n : 1n) : 0n;
	};
	const show = () => {
		let total = 0n;
		inputs.forEach((input) => { total += cents(input.value); });
		const text = (total < 0n ? -total : total).toString().padStart(3, "0");
		sum.textContent = (total < 0n ? "−$" : "$") + text.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",") + "." + text.slice(-2);
	};
	inputs.forEach((input) => input.addEventListener("input", show));
	show();
})();
