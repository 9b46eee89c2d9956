/**
 * QR codes of payment links. A link has 68 to 106 bytes, so versions 5 and 6 at level M suffice. The
 * mask is fixed, which the standard (ISO/IEC 18004) allows: readers take it from the symbol. The
 * gateway (web/qr.py) makes the same codes, module by module.
 */

interface Version {
  number: number;
  blocks: number;
  /** Data and check codewords of one block. */
  data: number;
  checks: number;
}

const VERSIONS: readonly Version[] = [
  { number: 5, blocks: 2, data: 43, checks: 24 },
  { number: 6, blocks: 4, data: 27, checks: 16 },
];
const MASK = 2;

/** A square of modules, true for dark, without the quiet zone. Throws a RangeError above 106 bytes. */
export function qrModules(text: string): boolean[][] {
  const bytes = new TextEncoder().encode(text);
  const version = VERSIONS.find(({ blocks, data }) => bytes.length <= blocks * data - 2);
  if (version === undefined) throw new RangeError("A payment link has at most 106 bytes.");
  const size = 17 + 4 * version.number;
  const grid = Array.from({ length: size }, () => new Array<boolean | undefined>(size));
  drawPatterns(grid, size);
  drawData(grid, size, codewords(bytes, version));
  return grid.map((row) => row.map((module) => module === true));
}

/** The modules as the `d` of an SVG path in a view box of `size + 8`, including the quiet zone. */
export function qrPath(modules: boolean[][]): string {
  let path = "";
  modules.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      const start = x;
      while (row[x] === true) x++;
      if (x > start) path += `M${start + 4} ${y + 4}h${x - start}v1h-${x - start}z`;
    }
  });
  return path;
}

function codewords(bytes: Uint8Array, { blocks, data, checks }: Version): number[] {
  const total = blocks * data;
  // Mode (4 bits), length (8), text, end (4): each byte straddles two codewords.
  const words = [0x40 | (bytes.length >> 4)];
  let carry = bytes.length & 15;
  for (const byte of bytes) {
    words.push((carry << 4) | (byte >> 4));
    carry = byte & 15;
  }
  words.push(carry << 4);
  for (let pad = 0xec; words.length < total; pad ^= 0xec ^ 0x11) words.push(pad);
  const parts = Array.from({ length: blocks }, (_, i) => words.slice(i * data, (i + 1) * data));
  const divisor = generator(checks);
  const remainders = parts.map((part) => remainder(part, divisor));
  const woven: number[] = [];
  for (let i = 0; i < data; i++) for (const part of parts) woven.push(part[i] as number);
  for (let i = 0; i < checks; i++) for (const part of remainders) woven.push(part[i] as number);
  return woven;
}

/** The product in the standard's field of 256 elements. */
function times(left: number, right: number): number {
  let product = 0;
  for (let a = left, b = right; b > 0; b >>= 1) {
    if (b & 1) product ^= a;
    a = (a << 1) ^ (a & 0x80 ? 0x11d : 0);
  }
  return product;
}

/** Coefficients of the product of (x - 2^i), highest first, without the leading one. */
function generator(degree: number): number[] {
  let coefficients = [1];
  for (let i = 0, root = 1; i < degree; i++, root = times(root, 2)) {
    const scaled = [0, ...coefficients.map((value) => times(value, root))];
    coefficients = [...coefficients, 0].map((value, at) => value ^ (scaled[at] as number));
  }
  return coefficients.slice(1);
}

function remainder(data: number[], divisor: number[]): number[] {
  const rest = divisor.map(() => 0);
  for (const word of data) {
    const lead = word ^ (rest.shift() as number);
    rest.push(0);
    divisor.forEach((value, at) => {
      rest[at] = (rest[at] as number) ^ times(value, lead);
    });
  }
  return rest;
}

type Grid = (boolean | undefined)[][];

function set(grid: Grid, row: number, column: number, dark: boolean): void {
  const line = grid[row];
  if (line !== undefined && column >= 0 && column < line.length) line[column] = dark;
}

function drawPatterns(grid: Grid, size: number): void {
  for (let along = 8; along < size - 8; along++) {
    set(grid, 6, along, along % 2 === 0);
    set(grid, along, 6, along % 2 === 0);
  }
  drawRings(grid, 3, 3, 4, [2, 4]);
  drawRings(grid, 3, size - 4, 4, [2, 4]);
  drawRings(grid, size - 4, 3, 4, [2, 4]);
  drawRings(grid, size - 7, size - 7, 2, [1]);
  drawFormat(grid, size);
}

function drawRings(grid: Grid, row: number, column: number, radius: number, light: number[]): void {
  for (let y = -radius; y <= radius; y++) {
    for (let x = -radius; x <= radius; x++) {
      const isDark = !light.includes(Math.max(Math.abs(x), Math.abs(y)));
      set(grid, row + y, column + x, isDark);
    }
  }
}

/** Level M is 00; the ten check bits and the final mask are the standard's. */
function drawFormat(grid: Grid, size: number): void {
  let rest = MASK;
  for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
  const bits = ((MASK << 10) | rest) ^ 0x5412;
  for (let i = 0; i < 15; i++) {
    const isDark = ((bits >> i) & 1) === 1;
    // Up the column beside the top left finder, then left along the row under it.
    set(grid, i < 6 ? i : i < 8 ? i + 1 : 8, i < 8 ? 8 : i === 8 ? 7 : 14 - i, isDark);
    set(grid, i < 8 ? 8 : size - 15 + i, i < 8 ? size - 1 - i : 8, isDark);
  }
  set(grid, size - 8, 8, true);
}

/** Bits in the standard's zigzag: two columns wide, from the right, past the timing column. */
function drawData(grid: Grid, size: number, words: number[]): void {
  let at = 0;
  for (let right = size - 1, isUp = true; right > 0; right -= 2, isUp = !isUp) {
    if (right === 6) right--;
    for (let step = 0; step < size; step++) {
      const row = isUp ? size - 1 - step : step;
      for (const column of [right, right - 1]) {
        if (grid[row]?.[column] !== undefined) continue;
        const bit = ((words[at >> 3] ?? 0) >> (7 - (at & 7))) & 1;
        at++;
        set(grid, row, column, (bit === 1) !== (column % 3 === 0));
      }
    }
  }
}
