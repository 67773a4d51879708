// Words of the scripts come from the page (base.html, #texts), translated by the server.
const source = document.getElementById("texts");
const texts = source ? JSON.parse(source.textContent) : {};

export const text = (name, values = {}) =>
  (texts[name] ?? name).replace(/%\((\w+)\)s/g, (_, key) => values[key] ?? "");

// One live region a page: a screen reader hears the last sentence.
export function announce(sentence) {
  const region = document.getElementById("live");
  if (region) region.textContent = sentence;
}

export const locale = document.documentElement.lang === "en" ? "en-GB" : "ru-RU";
export const number = (value, digits = 0) =>
  new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value);
export const rub = (value) => `${number(Math.round(value))} ₽`;
