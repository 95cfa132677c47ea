// What every page does better with a script. Nothing here is needed: each part improves a
// form or link that works without it.
"use strict";

(() => {
	// An error is announced and focused where it is explained.
	const problems = document.getElementById("problems");
	if (problems) {
		problems.focus();
	}

	// A form is sent once, however often its button is pressed.
	document.addEventListener("submit", (event) => {
		const form = event.target;
		if (form.method !== "post" || form.dataset.again !== undefined) {
			return;
		}
		if (form.dataset.sent) {
			event.preventDefault();
			return;
		}
		form.dataset.sent = "1";
		setTimeout(() => delete form.dataset.sent, 10000);
	});
	window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

	// Filters show their result as soon as one is chosen.
	document.querySelectorAll("form.filters select, form.filters input[type=date]").forEach((input) => {
		input.addEventListener("change", () => input.form.requestSubmit());
	});

	// A disclosure that asks a question moves the focus into it, and Escape closes it.
	document.querySelectorAll("details.confirm").forEach((details) => {
		details.addEventListener("toggle", () => {
			if (details.open) {
				(details.querySelector("textarea") ?? details.querySelector("button")).focus();
			}
		});
		details.addEventListener("keydown", (event) => {
			if (event.key === "Escape") {
				details.open = false;
				details.querySelector("summary").focus();
			}
		});
	});

	document.querySelectorAll("[data-print]").forEach((button) => {
		button.hidden = false;
		button.addEventListener("click", () => window.print());
	});
})();
