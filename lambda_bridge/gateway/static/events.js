// The form that sends an event which is not HTTP: its source, and the event as JSON.

import { dialog, get, h, post, t } from "./dom.js";

const written = {}; // what was typed for each source, as long as the page lives
let last = null;

/** Ask for an event of one of *sources*, or for another one like *call*; *onsent* gets the summary of the new call. */
export function sendEvent(sources, onsent, call = null) {
  const source = h("select", { id: "event-source" }, ...grouped(sources));
  source.value = call?.format ?? last ?? sources[0].name;
  const label = h("label", { for: "event-text" });
  const text = h("textarea.mono", { id: "event-text", rows: 18, spellcheck: "false", required: true });
  const marks = h("p.about", { hidden: true }, t("marks_about"));
  const problem = h("p.problem", { role: "alert", hidden: true });
  const submit = h("button.main", { type: "submit" }, t("send"), " ", h("kbd", {}, "Ctrl ⏎"));

  const tell = (error) => {
    problem.textContent = error?.message ?? "";
    problem.hidden = !error;
  };
  const show = (value, isData) => {
    label.replaceChildren(t(isData ? "event_data" : "event"), " ", h("small", {}, t(isData ? "event_data_about" : "event_about")));
    text.value = value;
    text.scrollTop = 0;
    marks.hidden = !/⟦[0-9a-f]{12}⟧/.test(value);
  };
  /** Show what was typed for the source before, or *given*, or the sample. */
  const load = async (given = written[source.value]) => {
    const name = (last = source.value);
    tell(null);
    try {
      const sample = await get(`samples/${name}`);
      if (source.value !== name) return; // another one was chosen meanwhile
      show(given ?? sample.text, sample.is_data);
    } catch (error) {
      show(given ?? "", false);
      tell(error);
    }
  };
  const reset = () => {
    delete written[source.value];
    load();
  };

  const form = h("form", {},
    h("label", { for: "event-source" }, t("event_source")), source,
    label, text, marks,
    h("p.about", {}, t("event_where"), " ", h("code", {}, "lambda-bridge dev … --events /events")),
    problem,
    h("div.actions", {}, submit, h("button", { type: "button", onclick: () => element.close() }, t("cancel")),
      h("button.reset", { type: "button", onclick: reset }, t("event_sample"))),
  );
  const element = dialog(t("event_title"), "edit", form);
  source.addEventListener("change", () => load());
  text.addEventListener("input", () => { written[source.value] = text.value; });
  form.addEventListener("keydown", (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && form.requestSubmit());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (submit.disabled) return; // the function may take its time
    submit.disabled = true;
    tell(null);
    try {
      const summary = await (await post("trigger", { from: call?.id, source: source.value, text: text.value })).json();
      element.close();
      onsent(summary);
    } catch (error) {
      tell(error);
    } finally {
      submit.disabled = false;
    }
  });
  load(call?.text);
  source.focus();
}

/** The sources as options, those of one cloud together. */
function grouped(sources) {
  const clouds = new Map();
  for (const { name, title } of sources) {
    const cloud = name.split(".")[0];
    clouds.set(cloud, [...(clouds.get(cloud) ?? []), h("option", { value: name }, `${name} – ${title}`)]);
  }
  return [...clouds].map(([label, options]) => h("optgroup", { label }, ...options));
}
