"""Draws what a terminal showed as an SVG, leaving out the paragraphs whose numbers are given:

    tollgate demo --color always | python3 docs/picture.py 2 4 6 8 > docs/demo.svg

Reads the colours that Tollgate uses (SGR 1, 2, 30-37) and nothing else.
"""

import re
import sys
from html import escape

COLOURS = {"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "36": "#79c0ff"}
LINE, CHAR, PAD = 19, 8.43, 18
WIDTH = 104


def spans(line):
    """The line as (text, attributes) pairs."""
    style = {}
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        code = re.fullmatch(r"\x1b\[([0-9;]*)m", part)
        if not code:
            if part:
                yield part, dict(style)
            continue
        for number in code[1].split(";"):
            if number in ("", "0"):
                style = {}
            elif number == "1":
                style["font-weight"] = "bold"
            elif number == "2":
                style["fill-opacity"] = "0.6"
            elif number in COLOURS:
                style["fill"] = COLOURS[number]


def main():
    left_out = {int(number) for number in sys.argv[1:]}
    paragraphs = sys.stdin.read().rstrip("\n").split("\n\n")
    kept = [text for number, text in enumerate(paragraphs) if number not in left_out]
    lines = "\n\n".join(kept).split("\n")
    height = len(lines) * LINE + 2 * PAD
    width = round(WIDTH * CHAR + 2 * PAD)
    print(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" '
        'font-size="14" fill="#e6edf3" xml:space="preserve">'
    )
    print(f'<rect width="{width}" height="{height}" rx="10" fill="#0d1117"/>')
    for number, line in enumerate(lines):
        column = 0
        pieces = []
        for text, style in spans(line):
            text = text[: max(0, WIDTH - column)]
            attributes = "".join(f' {name}="{value}"' for name, value in style.items())
            x = PAD + column * CHAR
            pieces.append(f'<tspan x="{x:.1f}"{attributes}>{escape(text)}</tspan>')
            column += len(text)
        if pieces:
            print(f'<text y="{PAD + (number + 1) * LINE - 5}">{"".join(pieces)}</text>')
    print("</svg>")


if __name__ == "__main__":
    main()
