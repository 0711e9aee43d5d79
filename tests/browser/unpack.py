"""The tarball of npm's @sparticuz/chromium -> a folder with a browser that needs nothing of the system.

    python unpack.py TARBALL FOLDER
"""

import io
import os
import sys
import tarfile

import brotli

FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
"""


def main(tarball, folder):
    os.makedirs(folder)
    with tarfile.open(tarball) as package:
        def inside(name):
            return brotli.decompress(package.extractfile(f"package/bin/{name}").read())

        for archive in ["al2023.tar.br", "fonts.tar.br", "swiftshader.tar.br"]:
            with tarfile.open(fileobj=io.BytesIO(inside(archive))) as files:
                files.extractall(folder, filter="data")
        browser = os.path.join(folder, "chromium")
        with open(browser, "wb") as file:
            file.write(inside("chromium.br"))
    os.chmod(browser, 0o755)
    # The package's own settings look for fonts where a Lambda function has them.
    with open(os.path.join(folder, "fonts.conf"), "w", encoding="utf-8") as file:
        file.write(FONTS)


main(*sys.argv[1:])
