"""Terminal output on standard input -> docs/report.svg on standard output.

    pip install rich==14.2.0
    COLUMNS=100 noderole audit --demo --cluster training --format table --color always 2>/dev/null |
        python3 docs/picture.py 'noderole audit --demo --cluster training' > docs/report.svg
"""

import re
import sys

from rich.console import Console
from rich.text import Text

WIDTH = 104

console = Console(record=True, width=WIDTH, file=open("/dev/null", "w"), force_terminal=True, highlight=False)
console.print(Text("$ " + sys.argv[1] + "\n", style="bold"))
console.print(Text.from_ansi(sys.stdin.read()), soft_wrap=False)
svg = console.export_svg(title="noderole")
# no font from the network: any monospace font of the reader does
svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL).replace("Fira Code, monospace", "monospace")
sys.stdout.write("\n".join(line.rstrip() for line in svg.splitlines()) + "\n")
