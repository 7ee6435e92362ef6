// Sound over WebSocket: 16-bit PCM at 24 kHz, in base64. With WebRTC the browser does this itself.

const RATE = 24_000;
const BLOCK = RATE / 5; // samples in one event; translation sessions want 200 ms
const RECORDER = `registerProcessor("recorder", class extends AudioWorkletProcessor {
  process([[samples]]) {
    if (samples) this.port.postMessage(samples.slice());
    return true;
  }
});`;

/** Plays one piece of sound after the other. */
class Player {
  #context = null;
  #end = 0;
  #playing = new Set();
  #response = null; // the id of the last one
  #stopped = null; // the id of one whose further sound is not played

  play(base64, response) {
    this.#response = response;
    if (response && response === this.#stopped) return;
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const numbers = new Int16Array(bytes.buffer, 0, bytes.length >> 1);
    if (!numbers.length) return;
    this.#context ??= new AudioContext({ sampleRate: RATE });
    const buffer = this.#context.createBuffer(1, numbers.length, RATE);
    buffer.getChannelData(0).set(Float32Array.from(numbers, (number) => number / 32768));
    const source = new AudioBufferSourceNode(this.#context, { buffer });
    source.connect(this.#context.destination);
    source.onended = () => this.#playing.delete(source);
    this.#playing.add(source);
    this.#end = Math.max(this.#end, this.#context.currentTime);
    source.start(this.#end);
    this.#end += buffer.duration;
  }

  stop() {
    for (const source of this.#playing) source.stop();
    this.#end = 0;
    this.#stopped = this.#response;
  }

  close() {
    this.#context?.close();
    this.#context = null;
  }
}

/** Call `send` with a block of the stream's sound at a time, until it is closed. */
async function record(stream, send) {
  // At the rate of the microphone: Firefox takes no other.
  const context = new AudioContext();
  const close = () => context.close();
  try {
    // In a saved page Chromium loads no worklet from a blob.
    await context.audioWorklet.addModule(`data:text/javascript,${encodeURIComponent(RECORDER)}`);
  } catch (error) {
    close();
    throw error;
  }
  const recorder = new AudioWorkletNode(context, "recorder");
  const step = context.sampleRate / RATE;
  let position = 0;
  let samples = [];
  recorder.port.onmessage = ({ data }) => {
    for (; position < data.length; position += step)
      samples.push(Math.max(-1, Math.min(1, data[Math.floor(position)])) * 32767);
    position -= data.length;
    if (samples.length < BLOCK) return;
    const bytes = new Uint8Array(Int16Array.from(samples).buffer);
    samples = [];
    send(btoa(String.fromCharCode(...bytes)));
  };
  context.createMediaStreamSource(stream).connect(recorder);
  return { close };
}
