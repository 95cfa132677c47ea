// The form of a line, better with a script: it is saved as one types, what is not saved is
// kept in this browser, and long choices are found by typing. The totals beside it come from
// the server (htmx), computed as they are when the line is saved.
"use strict";

(() => {
	// Long choices are found by typing. The select stays the field that is sent.
	const combo = (select) => {
		const box = document.createElement("div");
		const input = document.createElement("input");
		const list = document.createElement("ul");
		box.className = "combo-box";
		input.className = "usa-input";
		input.type = "text";
		input.autocomplete = "off";
		input.id = select.id;
		select.id += "-select";
		list.id = input.id + "-list";
		list.className = "combo-list";
		list.hidden = true;
		list.setAttribute("role", "listbox");
		for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id]]) {
			input.setAttribute(name, value);
		}
		for (const name of ["aria-describedby", "aria-invalid"]) {
			if (select.hasAttribute(name)) {
				input.setAttribute(name, select.getAttribute(name));
			}
		}
		const label = document.querySelector(`label[for="${CSS.escape(input.id)}"]`);
		list.setAttribute("aria-label", label ? label.textContent.trim() : input.id);
		select.hidden = true;
		select.tabIndex = -1;
		select.after(box);
		box.append(input, list);
		const shown = () => (select.value ? select.selectedOptions[0].text : "");
		const close = () => {
			list.hidden = true;
			input.setAttribute("aria-expanded", "false");
			input.removeAttribute("aria-activedescendant");
		};
		const mark = (item) => {
			list.querySelectorAll("[aria-selected]").forEach((li) => li.setAttribute("aria-selected", "false"));
			if (item) {
				item.setAttribute("aria-selected", "true");
				input.setAttribute("aria-activedescendant", item.id);
				item.scrollIntoView({ block: "nearest" });
			}
		};
		const choose = (value) => {
			if (select.value !== value) {
				select.value = value;
				select.dispatchEvent(new Event("change", { bubbles: true }));
			}
			input.value = shown();
			close();
		};
		const open = (text) => {
			const words = text.toLowerCase().split(/\s+/).filter(Boolean);
			list.replaceChildren();
			[...select.options].filter((o) => o.value && words.every((w) => o.text.toLowerCase().includes(w))).forEach((o, i) => {
				const li = document.createElement("li");
				li.id = `${input.id}-option-${i}`;
				li.setAttribute("role", "option");
				li.setAttribute("aria-selected", "false");
				li.dataset.value = o.value;
				li.textContent = o.text;
				li.addEventListener("mousedown", (event) => {
					event.preventDefault();
					choose(o.value);
				});
				list.append(li);
			});
			list.hidden = list.children.length === 0;
			input.setAttribute("aria-expanded", String(!list.hidden));
			if (words.length > 0) {
				mark(list.firstElementChild);
			}
		};
		input.value = shown();
		input.addEventListener("input", (event) => {
			event.stopPropagation(); // what is searched is not yet what is chosen
			open(input.value);
		});
		input.addEventListener("click", () => open(""));
		input.addEventListener("focus", () => input.select());
		input.addEventListener("blur", () => {
			const typed = input.value.trim();
			if (typed === "") {
				choose("");
			} else if (typed !== shown()) {
				const exact = [...select.options].find((o) => o.value && (o.value === typed || o.text.toLowerCase() === typed.toLowerCase()));
				const left = list.querySelectorAll("li");
				choose(exact ? exact.value : left.length === 1 ? left[0].dataset.value : select.value);
			}
			close();
		});
		input.addEventListener("keydown", (event) => {
			const now = list.querySelector('[aria-selected="true"]');
			if (event.key === "ArrowDown" || event.key === "ArrowUp") {
				event.preventDefault();
				if (list.hidden) {
					open("");
				} else {
					mark(event.key === "ArrowDown" ? now?.nextElementSibling ?? list.firstElementChild : now?.previousElementSibling ?? list.lastElementChild);
				}
			} else if (event.key === "Enter" && !list.hidden && now) {
				event.preventDefault();
				event.stopPropagation();
				choose(now.dataset.value);
			} else if (event.key === "Escape" && !list.hidden) {
				event.preventDefault();
				input.value = shown();
				close();
			}
		});
		select.addEventListener("combo:show", () => {
			input.value = shown();
		});
	};
	document.querySelectorAll("select.combo").forEach(combo);

	// A save by button ended on another page than the form's own refusal: it is done.
	const form = document.getElementById("line-form");
	const sent = sessionStorage.getItem("earmark-sent");
	sessionStorage.removeItem("earmark-sent");
	if (sent && document.getElementById("said")) {
		localStorage.removeItem(sent);
	}
	if (!form) {
		return;
	}
	// A problem leads into its field, not only near it.
	const go = (hash) => document.getElementById(hash.slice(1))?.focus();
	if (location.hash) {
		go(location.hash);
	}
	document.addEventListener("click", (event) => {
		const link = event.target.closest('a[href^="#f-"]');
		if (link) {
			event.preventDefault();
			go(link.getAttribute("href"));
		}
	});

	const state = document.getElementById("save-state");
	const live = document.getElementById("live");
	const keys = ["version", "form_key", "was", "number"]; // belong to the page, not to the text
	const place = () => `earmark-line ${form.dataset.reader} ${form.dataset.revision} ${form.dataset.line}`;
	const content = () => [...new FormData(form)].filter(([name]) => !keys.includes(name)).map(([name, value]) => [name, String(value)]);
	const same = (a, b) => JSON.stringify(a.filter(([, v]) => v)) === JSON.stringify(b.filter(([, v]) => v));
	const say = (text, bad) => {
		state.textContent = text;
		state.classList.toggle("save-state-bad", Boolean(bad));
	};

	// What is typed and not saved is kept here until it is: storage may be full or forbidden,
	// then there is only the page.
	const keep = () => {
		try {
			localStorage.setItem(place(), JSON.stringify({ at: Date.now(), fields: content() }));
		} catch { /* nothing to do */ }
	};
	const forget = () => {
		try {
			localStorage.removeItem(place());
		} catch { /* nothing to do */ }
	};
	const kept = () => {
		try {
			return JSON.parse(localStorage.getItem(place()));
		} catch {
			return null;
		}
	};

	let saved = content();
	let timer = 0;
	let saving = null;
	let stopped = false;

	const offer = () => {
		const found = kept();
		const bar = document.getElementById("kept");
		if (!found || same(found.fields, content())) {
			forget();
			return;
		}
		bar.hidden = false;
		document.getElementById("kept-at").textContent = new Date(found.at).toLocaleString(document.documentElement.lang);
		document.getElementById("kept-use").addEventListener("click", () => {
			put(found.fields);
			bar.hidden = true;
			form.querySelector("textarea").focus();
			form.dispatchEvent(new Event("input", { bubbles: true }));
		});
		document.getElementById("kept-drop").addEventListener("click", () => {
			forget();
			bar.hidden = true;
			form.querySelector("textarea").focus();
		});
	};
	const put = (fields) => {
		const values = new Map();
		fields.forEach(([name, value]) => values.set(name, [...(values.get(name) ?? []), value]));
		[...form.elements].forEach((field) => {
			if (!field.name || keys.includes(field.name) || field.type === "hidden" || field.type === "submit") {
				return;
			}
			const given = values.get(field.name) ?? [];
			if (field.type === "checkbox") {
				field.checked = given.includes(field.value);
			} else {
				field.value = given[0] ?? "";
			}
			field.dispatchEvent(new Event("combo:show"));
		});
	};

	// One save at a time. The answer names the version and the line, so the next save is of
	// what this one left.
	const save = async (asked) => {
		clearTimeout(timer);
		if (saving) {
			await saving;
		}
		const sent = content();
		if (!asked && (same(sent, saved) || stopped)) {
			return;
		}
		say(form.dataset.saving);
		saving = fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { "HX-Request": "true" }, redirect: "manual", credentials: "same-origin" })
			.then(async (answer) => {
				const text = await answer.text();
				if (answer.ok) {
					saved = sent;
					stopped = false;
					became(answer);
					if (same(content(), sent)) {
						live.innerHTML = text;
						forget();
					}
					say(new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "medium" }).format(new Date()) + " · " + form.dataset.done);
					document.querySelectorAll(".usa-error-message").forEach((e) => e.remove());
				} else if (answer.status === 401) {
					say(form.dataset.ended, true);
				} else if (answer.status === 412) {
					stopped = true;
					say(form.dataset.conflict, true);
				} else {
					say(form.dataset.unsaved, true);
				}
				return answer.status;
			})
			.catch(() => say(form.dataset.offline, true))
			.finally(() => {
				saving = null;
			});
		return saving;
	};
	const became = (answer) => {
		const number = answer.headers.get("Earmark-Line");
		const set = (name, value) => {
			let field = form.elements.namedItem(name);
			if (!field) {
				field = Object.assign(document.createElement("input"), { type: "hidden", name });
				form.prepend(field);
			}
			field.value = value;
		};
		document.querySelectorAll('input[name="version"]').forEach((field) => {
			field.value = answer.headers.get("Earmark-Version");
		});
		set("version", answer.headers.get("Earmark-Version"));
		set("was", answer.headers.get("Earmark-Was"));
		if (form.dataset.line !== number) {
			forget(); // the place of the new line is free again
			form.dataset.line = number;
			form.action = form.dataset.revision + "/line_items/" + number;
			set("number", number);
			history.replaceState(null, "", form.action);
		}
	};

	form.addEventListener("input", () => changed());
	form.addEventListener("change", () => changed());
	const changed = () => {
		keep();
		clearTimeout(timer);
		// A new line is first saved on purpose: half a word is not yet a line.
		if (form.dataset.line !== "0") {
			timer = setTimeout(() => save(false), 2000);
		}
	};

	// Ctrl+S and Enter save and leave the focus where it is; a conflict is shown whole.
	const saveHere = async () => {
		if ((await save(true)) === 412) {
			form.requestSubmit(form.querySelector("[data-save]"));
		}
	};
	document.addEventListener("keydown", (event) => {
		if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
			event.preventDefault();
			saveHere();
		}
	});
	form.addEventListener("keydown", (event) => {
		if (event.key === "Enter" && event.target.matches("input:not([type=checkbox])") && !event.defaultPrevented) {
			event.preventDefault();
			saveHere();
		}
	});
	// A save by button goes to the next page; what is kept here goes with the success there.
	form.addEventListener("submit", () => {
		clearTimeout(timer);
		stopped = true;
		keep();
		sessionStorage.setItem("earmark-sent", place());
	});
	offer();
})();
