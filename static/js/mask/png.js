// A mask as PNG, written row by row: one bit a pixel, black and opaque, or white and transparent where it is marked. A canvas
// of 50 megapixels would be 200 MB, and more than some browsers have; this is 6 MB at most.
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const INDEXED = 3;

/** Return the file. `rowOf(y)` gives a Uint8Array of `width`, not 0 where it is marked; equal rows may be the same array. */
export async function writeMask(width, height, rowOf) {
  const parts = [
    new Uint8Array(SIGNATURE),
    chunk("IHDR", [...word(width), ...word(height), 1, INDEXED, 0, 0, 0]),
    chunk("PLTE", [0, 0, 0, 255, 255, 255]),
    chunk("tRNS", [255, 0]),
    chunk("IDAT", await compress(lines(width, height, rowOf))),
    chunk("IEND", []),
  ];
  return new Blob(parts, { type: "image/png" });
}

function* lines(width, height, rowOf) {
  let last = null;
  let packed = null;
  for (let y = 0; y < height; y += 1) {
    const row = rowOf(y);
    if (row !== last) packed = pack(row, width);
    last = row;
    yield packed;
  }
}

// Each line begins with the number of its filter: none.
function pack(row, width) {
  const line = new Uint8Array(1 + Math.ceil(width / 8));
  for (let x = 0; x < width; x += 1) if (row[x]) line[1 + (x >> 3)] |= 0x80 >> (x & 7);
  return line;
}

async function compress(given) {
  const stream = new CompressionStream("deflate");
  const writer = stream.writable.getWriter();
  const whole = new Response(stream.readable).arrayBuffer();
  for (const line of given) {
    await writer.ready;
    writer.write(line);
  }
  writer.close();
  return new Uint8Array(await whole);
}

function chunk(name, data) {
  const bytes = new Uint8Array(12 + data.length);
  bytes.set(word(data.length));
  bytes.set([...name].map((letter) => letter.charCodeAt(0)), 4);
  bytes.set(data, 8);
  bytes.set(word(checksum(bytes.subarray(4, 8 + data.length))), 8 + data.length);
  return bytes;
}

function word(number) {
  return [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255];
}

const TABLE = Uint32Array.from({ length: 256 }, (_, number) => {
  for (let bit = 0; bit < 8; bit += 1) number = number & 1 ? 0xedb88320 ^ (number >>> 1) : number >>> 1;
  return number;
});

function checksum(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = TABLE[(sum ^ byte) & 255] ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}
