// The way TensorFlow Playground's engine learns, written anew for comparison: a graph of objects, one
// sample at a time forwards and backwards, gradients summed in each link, weights changed after a batch.
// 2-8-8-1 with tanh, squared error, as the page does it. A line on stdin asks for one turn; the answer
// is samples per second.

import * as readline from "node:readline";

class Neuron {
  constructor() {
    this.incoming = [];
    this.outgoing = [];
    this.bias = 0.1;
    this.sum = 0;
    this.output = 0;
    this.gradient = 0;
    this.inputGradient = 0;
    this.biasSlopes = 0;
    this.count = 0;
  }

  fire() {
    this.sum = this.bias;
    for (const link of this.incoming) this.sum += link.weight * link.from.output;
    this.output = Math.tanh(this.sum);
    return this.output;
  }
}

class Link {
  constructor(from, to) {
    this.from = from;
    this.to = to;
    this.weight = Math.random() - 0.5;
    this.gradient = 0;
    this.gradients = 0;
    this.count = 0;
  }
}

function build(sizes) {
  const layers = sizes.map((n) => Array.from({ length: n }, () => new Neuron()));
  for (let i = 1; i < layers.length; i++) {
    for (const to of layers[i]) {
      for (const from of layers[i - 1]) {
        const link = new Link(from, to);
        from.outgoing.push(link);
        to.incoming.push(link);
      }
    }
  }
  return layers;
}

function forward(layers, x) {
  layers[0].forEach((neuron, i) => (neuron.output = x[i]));
  for (let i = 1; i < layers.length; i++) for (const neuron of layers[i]) neuron.fire();
  return layers[layers.length - 1][0].output;
}

function backward(layers, target) {
  const last = layers[layers.length - 1][0];
  last.gradient = last.output - target;
  for (let i = layers.length - 1; i >= 1; i--) {
    for (const neuron of layers[i]) {
      neuron.inputGradient = neuron.gradient * (1 - neuron.output * neuron.output);
      neuron.biasSlopes += neuron.inputGradient;
      neuron.count++;
      for (const link of neuron.incoming) {
        link.gradient = neuron.inputGradient * link.from.output;
        link.gradients += link.gradient;
        link.count++;
      }
    }
    if (i === 1) continue;
    for (const neuron of layers[i - 1]) {
      neuron.gradient = 0;
      for (const link of neuron.outgoing) neuron.gradient += link.weight * link.to.inputGradient;
    }
  }
}

function update(layers, rate) {
  for (let i = 1; i < layers.length; i++) {
    for (const neuron of layers[i]) {
      neuron.bias -= (rate * neuron.biasSlopes) / neuron.count;
      neuron.biasSlopes = 0;
      neuron.count = 0;
      for (const link of neuron.incoming) {
        link.weight -= (rate * link.gradients) / link.count;
        link.gradients = 0;
        link.count = 0;
      }
    }
  }
}

const layers = build([2, 8, 8, 1]);
const points = Array.from({ length: 1000 }, (_, i) => {
  const r = ((i >> 1) / 500) * 5;
  const t = ((1.75 * (i >> 1)) / 500) * 2 * Math.PI + (i % 2) * Math.PI;
  return { x: [r * Math.sin(t), r * Math.cos(t)], label: i % 2 ? 1 : -1 };
});

function turn() {
  const start = performance.now();
  let samples = 0;
  while (performance.now() - start < 150) {
    points.forEach((point, i) => {
      forward(layers, point.x);
      backward(layers, point.label);
      if ((i + 1) % 10 === 0) update(layers, 0.03);
    });
    samples += points.length;
  }
  return (samples / (performance.now() - start)) * 1000;
}

readline.createInterface({ input: process.stdin }).on("line", () => console.log(turn()));
