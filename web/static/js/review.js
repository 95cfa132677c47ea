// Reviewing by keyboard: j and k go from line to line, a approves, r returns, d denies.
// Letters work only outside of fields, and can be switched off. Nothing here is needed.
"use strict";

(() => {
	const form = document.getElementById("answers");
	const lines = [...document.querySelectorAll(".review-line")];
	if (!form || !lines.length) {
		return;
	}

	// Picking a reason fills the field, where it can be completed.
	form.querySelectorAll("select[name^='pick.']").forEach((pick) => {
		pick.addEventListener("change", () => {
			const reason = document.getElementsByName(pick.name.replace("pick.", "decisions."))[0];
			if (pick.value && reason && !reason.value.includes(pick.value)) {
				reason.value = (reason.value.trim() + " " + pick.value).trim();
				reason.focus();
			}
			pick.value = "";
			touched();
		});
	});

	// What is not saved is not decided: the page says so, and does not let it be lost.
	let unsaved = false;
	const warning = document.getElementById("unsaved");
	function touched() {
		unsaved = true;
		if (warning) {
			warning.hidden = false;
		}
	}
	form.addEventListener("input", touched);
	form.addEventListener("submit", () => { unsaved = false; });
	window.addEventListener("beforeunload", (event) => {
		if (unsaved) {
			event.preventDefault();
		}
	});

	if (!form.querySelector("input[type=radio]")) {
		return;
	}
	const kept = "earmark.review.keys";
	let on = localStorage.getItem(kept) !== "off";
	const bar = document.getElementById("shortcuts");
	const toggle = document.createElement("button");
	toggle.type = "button";
	toggle.className = "usa-button usa-button--unstyled";
	const say = () => { toggle.textContent = on ? bar.dataset.off : bar.dataset.on; };
	bar.append(toggle);
	bar.hidden = false;
	say();
	toggle.addEventListener("click", () => {
		on = !on;
		localStorage.setItem(kept, on ? "on" : "off");
		say();
	});

	const current = () => lines.findIndex((line) => line.contains(document.activeElement));
	const go = (to) => {
		const line = lines[Math.max(0, Math.min(lines.length - 1, to))];
		line.focus({ preventScroll: true });
		line.scrollIntoView({ block: "start" });
	};
	const answer = (value) => {
		const at = Math.max(current(), 0);
		const line = lines[at];
		const radio = line.querySelector(`input[type=radio][value=${value}]`);
		radio.checked = true;
		touched();
		if (value === "approved") {
			go(at + 1);
		} else {
			(line.querySelector("select") ?? line.querySelector("textarea")).focus();
		}
	};
	document.addEventListener("keydown", (event) => {
		if (!on || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=radio]), textarea, select, dialog")) {
			return;
		}
		const keys = { j: () => go(current() + 1), k: () => go(current() - 1), a: () => answer("approved"), r: () => answer("returned"), d: () => answer("denied") };
		if (keys[event.key]) {
			event.preventDefault();
			keys[event.key]();
		}
	});
})();
