/** A QR code as an SVG image: no canvas and no inline style, so it fits a strict CSP. */

const LIBRARY = "../../vendor/qrcode-generator/qrcode.mjs"; // loaded by who makes a link, only
const SVG = "http://www.w3.org/2000/svg";
const QUIET = 4; // modules of white around the code (ISO/IEC 18004)

export default class HomeCall_Web_Ui_QrCode {
  /**
   * @param {string} text ASCII, such as a URL
   * @param {string} label what the image says to a screen reader
   * @returns {Promise<SVGSVGElement>} dark modules on white; rejects where it cannot be loaded
   */
  async draw(text, label) {
    const { qrcode } = await import(LIBRARY);
    const code = qrcode(0, "M");
    code.addData(text);
    code.make();
    const count = code.getModuleCount();
    let path = "";
    for (let row = 0; row < count; row += 1) {
      for (let column = 0; column < count; column += 1) {
        if (code.isDark(row, column)) path += `M${column + QUIET} ${row + QUIET}h1v1h-1z`;
      }
    }
    const size = count + 2 * QUIET;
    const svg = element("svg", { viewBox: `0 0 ${size} ${size}`, role: "img" });
    svg.setAttribute("aria-label", label);
    svg.append(
      element("rect", { width: size, height: size, fill: "#fff" }),
      element("path", { d: path, fill: "#10181b", "shape-rendering": "crispEdges" }),
    );
    return svg;
  }
}

function element(name, attributes) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  return node;
}
