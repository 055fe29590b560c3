/**
 * The greens of the remote picture (base64, row by row), made `width` by `height` pixels large. The
 * film is grey: they are its luma, in full range.
 */
(width, height) => {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(document.getElementById('remote-video'), 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const greens = new Uint8Array(width * height);
  for (let at = 0; at < greens.length; at++) greens[at] = data[4 * at + 1];
  return greens.toBase64();
}
