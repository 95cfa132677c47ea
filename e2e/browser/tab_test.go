package browser

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"earmark/auth"
)

// browser is the one Chromium of the test binary.
var browser struct {
	once sync.Once
	ctx  context.Context
	stop func()
	err  error
	axe  string
}

// patience is how long a page may take to do what a test waits for.
const patience = 30 * time.Second

func chromium(t testing.TB) context.Context {
	t.Helper()
	browser.once.Do(func() {
		text, err := os.ReadFile(filepath.Join("..", "..", "tools", "web", "node_modules", "axe-core", "axe.min.js"))
		if err != nil {
			browser.err = fmt.Errorf("%w: run scripts/install-test-tools first", err)
			return
		}
		browser.axe = string(text)
		flags := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true),
			chromedp.Flag("disable-component-update", true), chromedp.Flag("hide-scrollbars", true), chromedp.Flag("lang", "en-US"), chromedp.WSURLReadTimeout(time.Minute))
		allocator, end := chromedp.NewExecAllocator(context.Background(), flags...)
		ctx, cancel := chromedp.NewContext(allocator)
		browser.ctx, browser.stop = ctx, func() { cancel(); end() }
		if err := chromedp.Do(ctx); err != nil {
			browser.err = fmt.Errorf("chromium does not start: %w: run scripts/install-test-tools first", err)
		}
	})
	if browser.err != nil {
		t.Fatal(browser.err)
	}
	return browser.ctx
}

// window is a tab with cookies of its own. It fails its test when a page logs an error,
// throws one, or asks for anything of another host or that is not there.
type window struct {
	t     testing.TB
	s     *server
	ctx   context.Context
	mute  bool // no scripts run
	email string

	mu    sync.Mutex
	wrong []string
}

// tab opens a window for somebody of the demo ("" is a stranger) of a width in pixels.
func tab(t testing.TB, email string, width int64) *window {
	t.Helper()
	return tabOf(t, email, width, true)
}

// plainTab is a window in which no script runs.
func plainTab(t testing.TB, email string, width int64) *window {
	t.Helper()
	return tabOf(t, email, width, false)
}

func tabOf(t testing.TB, email string, width int64, scripts bool) *window {
	t.Helper()
	w := &window{t: t, s: serve(t), mute: !scripts}
	ctx, closeTab := chromedp.NewContext(chromium(t), chromedp.WithNewBrowserContext(), chromedp.WithListener(w.watch))
	w.ctx = ctx
	t.Cleanup(func() {
		closeTab()
		for _, wrong := range w.mistakes() {
			t.Error(wrong)
		}
	})
	if err := chromedp.Do(ctx); err != nil { // not under a deadline, which would end the tab
		t.Fatal(err)
	}
	w.do("open a window", command(network.Enable, network.EnableParams{}), command(log.Enable, cdp.Empty{}), size(width),
		scripting(scripts))
	w.becomes(email)
	return w
}

// becomes signs somebody else in.
func (w *window) becomes(email string) {
	w.t.Helper()
	if email == w.email {
		return
	}
	w.email = email
	if email == "" {
		w.do("sign out", command(network.ClearBrowserCookies, cdp.Empty{}))
		return
	}
	yes := true
	w.do("sign in", command(network.SetCookie, network.SetCookieParams{Name: auth.CookieName, Value: w.s.session(w.t, email), URL: w.s.url, HTTPOnly: &yes, SameSite: network.CookieSameSiteLax}))
}

type action = chromedp.Action[chromedp.Void]

// command is a step of the browser's protocol.
func command[P, R any](c cdp.Command[P, R], params P) action {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, c, params)
		return chromedp.Void{}, err
	}
}

func size(width int64) action {
	return command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 900, DeviceScaleFactor: 1})
}

func scripting(on bool) action {
	return command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
}

// watch notes what goes wrong in the page.
func (w *window) watch(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		said := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			said += " " + e.ExceptionDetails.Exception.Description
		}
		w.note("a script failed: %s (%s)", said, e.ExceptionDetails.URL)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			var said []string
			for _, a := range e.Args {
				said = append(said, string(a.Value))
			}
			w.note("the console says: %s", strings.Join(said, " "))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
			w.note("the log says: %s (%s)", e.Entry.Text, e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err == nil && strings.HasPrefix(u.Scheme, "http") && "http://"+u.Host != w.s.url {
			w.note("the page asks another host: %s", e.Request.URL)
		}
	case *network.EventResponseReceived:
		if e.Response.Status >= 500 || (e.Response.Status >= 400 && e.Type != network.ResourceTypeDocument && e.Type != network.ResourceTypeXHR && e.Type != network.ResourceTypeFetch) {
			w.note("%s answered %d", e.Response.URL, e.Response.Status)
		}
	}
}

func (w *window) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wrong = append(w.wrong, fmt.Sprintf(format, args...))
}

func (w *window) mistakes() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.wrong)
}

// forgets the mistakes that were told.
func (w *window) forgets() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wrong = nil
}

// do takes steps in the page; the test ends when one cannot be taken.
func (w *window) do(what string, actions ...action) {
	w.t.Helper()
	_, err := try(w, chromedp.Steps(actions...))
	w.must(what, err)
}

func (w *window) must(what string, err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%s: %v at %s; see %s\n%s", what, err, w.at(), w.shot(), strings.Join(w.mistakes(), "\n"))
	}
}

func try[T any](w *window, a chromedp.Action[T]) (T, error) { return within(w, patience, a) }

func within[T any](w *window, limit time.Duration, a chromedp.Action[T]) (T, error) {
	ctx, cancel := context.WithTimeout(w.ctx, limit)
	defer cancel()
	v, err := chromedp.Run(ctx, a)
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("not within %s", limit)
	}
	return v, err
}

// shot keeps a picture of a page that is not as it should be.
func (w *window) shot() string {
	ctx, cancel := context.WithTimeout(w.ctx, 5*time.Second)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return "no picture"
	}
	path := filepath.Join(os.TempDir(), "earmark-"+strings.NewReplacer("/", "-", " ", "-").Replace(w.t.Name())+".png")
	if err := os.WriteFile(path, picture, 0o600); err != nil {
		return "no picture"
	}
	return path
}

// open goes to an address and waits until the page is there.
func (w *window) open(path string) {
	w.t.Helper()
	w.do("open "+path, chromedp.Navigate(w.s.url+path))
}

// at is the address of the page.
func (w *window) at() string {
	ctx, cancel := context.WithTimeout(w.ctx, 5*time.Second)
	defer cancel()
	at, err := chromedp.Run(ctx, chromedp.Location())
	if err != nil {
		return "nowhere"
	}
	return strings.TrimPrefix(at, w.s.url)
}

// path is the address without what follows ? and #.
func (w *window) path() string {
	at, _, _ := strings.Cut(w.at(), "#")
	at, _, _ = strings.Cut(at, "?")
	return at
}

// value is that of an expression, which may be a promise.
func value[T any](w *window, expression string) T {
	w.t.Helper()
	v, err := try(w, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	w.must("evaluate "+short(expression), err)
	return v
}

func short(text string) string {
	if len(text) > 80 {
		return text[:80] + "…"
	}
	return text
}

// text is what an element shows.
func (w *window) text(selector string) string {
	w.t.Helper()
	text, err := try(w, chromedp.Text(chromedp.CSS(selector)))
	w.must("read "+selector, err)
	return strings.Join(strings.Fields(text), " ")
}

// says waits until the page shows a text.
func (w *window) says(text string) {
	w.t.Helper()
	w.until("the page says "+text, `document.body && document.body.innerText.replace(/\s+/g, " ").includes(`+quoted(text)+`)`)
}

// until waits for an expression to be true.
func (w *window) until(what, expression string) {
	w.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		so, err := try(w, chromedp.Evaluate[bool]("!!("+expression+")")) // a page on its way answers with an error
		if err == nil && so {
			return
		}
		if time.Now().After(end) {
			shown, _ := try(w, chromedp.Evaluate[string](`(document.querySelector("main") ?? document.body).innerText.slice(0, 700)`))
			w.t.Fatalf("not within %s: %s at %s (%v); see %s\n%.700s", patience, what, w.at(), err, w.shot(), shown)
		}
	}
}

// quoted is a text as a script writes it.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(text) + `"`
}

// control is an expression for the visible link, button or summary with this text or name;
// what stands in the page itself goes before what is around it.
func control(text string) string {
	const all = `"a, button, summary, [role=button], [role=option], label"`
	return `[...document.querySelector("main").querySelectorAll(` + all + `), ...document.querySelectorAll(` + all + `)].filter((e) => e.checkVisibility() && [e.innerText.trim().replace(/\s+/g, " "), e.getAttribute("aria-label")].includes(` + quoted(text) + `))[0]`
}

// press activates what has this text: a link, a button, a question.
func (w *window) press(text string) {
	w.t.Helper()
	w.until("there is "+text+" to press", control(text))
	value[chromedp.Void](w, control(text)+`.click()`)
}

// leads presses what leads to another page, and waits for that.
func (w *window) leads(text string) {
	w.t.Helper()
	w.until("there is "+text+" to press", control(text))
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	_, err := chromedp.RunResponse(ctx, chromedp.Evaluate[chromedp.Void](control(text)+`.click()`))
	w.must(text+" leads nowhere", err)
}

// types writes into a field, found by its label, as by hand.
func (w *window) types(label, text string) {
	w.t.Helper()
	w.writes(w.field(label), text)
}

// writes is types for a field without a label of its own. A day is set as the picker does.
func (w *window) writes(selector, text string) {
	w.t.Helper()
	if value[bool](w, `(() => { const f = document.querySelector(`+quoted(selector)+`); f.focus(); if (f.type !== "date") { f.select(); return true }
f.value = `+quoted(text)+`; f.dispatchEvent(new Event("input", {bubbles: true})); f.dispatchEvent(new Event("change", {bubbles: true})); return false })()`) {
		if text == "" {
			text = kb.Delete
		}
		w.do("type into "+selector, chromedp.KeyEvent(text))
	}
}

// field is the selector of the visible input with a label.
func (w *window) field(label string) string {
	w.t.Helper()
	id := `[...document.querySelectorAll("label")].filter((l) => l.htmlFor && l.innerText.trim().replace(/\s+/g, " ").replace(/ optional$/, "") === ` + quoted(label) + ` && document.getElementById(l.htmlFor)?.checkVisibility())[0]?.htmlFor`
	w.until("there is a field "+label, id)
	return `[id="` + value[string](w, id) + `"]`
}

// chooses takes a choice of a list by its words.
func (w *window) chooses(label, text string) {
	w.t.Helper()
	selector := w.field(label)
	chosen := value[bool](w, `(() => { const s = document.querySelector(`+quoted(selector)+`); const o = [...s.options].find((o) => o.text.trim().replace(/\s+/g, " ").includes(`+quoted(text)+`)); if (!o) return false;
s.value = o.value; s.dispatchEvent(new Event("input", {bubbles: true})); s.dispatchEvent(new Event("change", {bubbles: true})); return true })()`)
	if !chosen {
		w.t.Fatalf("%s does not offer %s", label, text)
	}
}

// wide sets another width of the window.
func (w *window) wide(width int64) {
	w.t.Helper()
	w.do("resize", size(width))
}

// overflow is how many pixels the page is wider than the window.
func (w *window) overflow() int {
	w.t.Helper()
	return value[int](w, `document.documentElement.scrollWidth - document.documentElement.clientWidth`)
}

// axe fails the test for everything that keeps somebody from using the page as it is now.
func (w *window) axe() {
	w.t.Helper()
	for _, v := range w.violations() {
		w.t.Errorf("%s: %s", w.at(), v)
	}
}

const axeRun = `axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
.then((r) => r.violations.map((v) => v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map((n) => n.target.join(" ") + " " + n.html.slice(0, 160) + " " + (n.any[0]?.message ?? "")).join(" | ")))`

func (w *window) violations() []string {
	w.t.Helper()
	if w.mute { // for axe alone: the page's own scripts did not run and do not begin now
		w.do("let axe run", scripting(true))
		defer w.do("stop scripts again", scripting(false))
	}
	if !value[bool](w, `"axe" in window`) {
		_, err := try(w, chromedp.Evaluate[chromedp.Void](browser.axe))
		w.must("bring axe", err)
	}
	found, err := within(w, 4*patience, chromedp.Evaluate[[]string](axeRun, chromedp.EvalAwaitPromise)) // it looks at every element
	w.must("run axe", err)
	return found
}

// picks finds a choice of many by typing and takes it with the keyboard.
func (w *window) picks(label, text string) {
	w.t.Helper()
	if w.mute {
		w.chooses(label, text)
		return
	}
	selector := w.field(label)
	w.writes(selector, text)
	w.until(label+" offers "+text, `[...document.querySelectorAll("[role=option]")].some((o) => o.checkVisibility() && o.innerText.includes(`+quoted(text)+`))`)
	w.do("take the choice", enter)
	w.until(label+" is "+text, `document.querySelector(`+quoted(selector)+`).value.includes(`+quoted(text)+`)`)
}

// enter is the key alone: after a page took the key for itself, a browser sends no character.
func enter(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
		if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13, NativeVirtualKeyCode: 13}); err != nil {
			return chromedp.Void{}, err
		}
	}
	return chromedp.Void{}, nil
}

// ticks ticks the first box of a name that is not ticked.
func (w *window) ticks(name string) {
	w.t.Helper()
	value[chromedp.Void](w, `document.querySelector('input[type=checkbox][name^="`+name+`"]:not(:checked)').click()`)
}
