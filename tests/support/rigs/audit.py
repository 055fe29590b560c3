"""Whether faults are known of the pinned packages: what pip-audit says, in a word.

    python tests/support/rigs/audit.py PYTHON REQUIREMENTS

PYTHON is one that has pip-audit. Ends with 1 where faults are known. Where its service cannot be
asked, as without the internet, one line says so, and that is no failure.
"""

import json
import subprocess
import sys

NOT_MADE = "The audit of {file} could not be made: {why}"


def main() -> None:
    """Print the verdict, and exit."""
    python, file = sys.argv[1:]
    command = (
        python,
        "-m",
        "pip_audit",
        "--requirement",
        file,
        "--disable-pip",
        "--require-hashes",
    )
    options = ("--format=json", "--progress-spinner=off", "--timeout=15")
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    told, status = verdict(file, done.stdout, done.stderr)
    print(told)
    sys.exit(status)


def verdict(file: str, report: str, errors: str) -> tuple[str, int]:
    """What to print, and the exit status, for what pip-audit has written."""
    try:
        packages = json.loads(report)["dependencies"]
    except ValueError:
        last = errors.strip().rpartition("\n")[2]
        return NOT_MADE.format(file=file, why=last or "pip-audit said nothing."), 0
    faulty = [
        f"{package['name']} {package['version']}: {fault['id']}, "
        f"mended in {', '.join(fault['fix_versions']) or 'no version yet'}"
        for package in packages
        for fault in package.get("vulns", ())
    ]
    unknown = [package["name"] for package in packages if "vulns" not in package]
    if len(unknown) == len(packages):
        return NOT_MADE.format(file=file, why="its service knows none of the packages."), 0
    lines = [*faulty] or [
        f"No fault is known of {len(packages) - len(unknown)} packages of {file}."
    ]
    if unknown:
        lines.append(NOT_MADE.format(file=file, why=f"not of {', '.join(unknown)}."))
    return "\n".join(lines), 1 if faulty else 0


if __name__ == "__main__":
    main()
