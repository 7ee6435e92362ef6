// Sound over WebSocket: 16-bit PCM at 24 kHz, in base64. With WebRTC the browser does this itself.

const RATE = 24_000;
const BLOCK = RATE / 10; // samples in one event
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

  play(base64) {
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
  }

  close() {
    this.#context?.close();
    this.#context = null;
  }
}

/** Call `send` with a tenth of a second of the stream's sound at a time, until it is closed. */
async function record(stream, send) {
  const context = new AudioContext({ sampleRate: RATE });
  // In a saved page Chromium loads no worklet from a blob.
  await context.audioWorklet.addModule(`data:text/javascript,${encodeURIComponent(RECORDER)}`);
  const recorder = new AudioWorkletNode(context, "recorder");
  let waiting = [];
  recorder.port.onmessage = ({ data }) => {
    waiting.push(...data);
    if (waiting.length < BLOCK) return;
    const numbers = Int16Array.from(waiting, (sample) => sample * 32767);
    waiting = [];
    send(btoa(String.fromCharCode(...new Uint8Array(numbers.buffer))));
  };
  context.createMediaStreamSource(stream).connect(recorder);
  return { close: () => context.close() };
}
