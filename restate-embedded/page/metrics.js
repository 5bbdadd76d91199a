// The figures that the engine counts, from the text that it has for Prometheus.

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

// The samples of a text: names, labels and values.
export function samples(text) {
  const lines = text.split("\n").map((line) => SAMPLE.exec(line)).filter(Boolean);
  return lines.map(([, name, labels = "", value]) => ({
    name,
    labels: Object.fromEntries([...labels.matchAll(LABEL)].map(([, label, text]) => [label, text])),
    value: Number(value),
  }));
}

// The sum of the samples that have this name and these labels.
export function total(all, name, labels = {}) {
  const has = (it) => it.name === name && Object.entries(labels).every(([label, text]) => it.labels[label] === text);
  return all.filter(has).reduce((sum, it) => sum + it.value, 0);
}

// The mean of a histogram, or `null` without a value.
export function mean(all, name) {
  const count = total(all, `${name}_count`);
  return count === 0 ? null : total(all, `${name}_sum`) / count;
}
