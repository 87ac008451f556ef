"""Runs what the README shows, and compares what it says comes out.

```sh       each line is run in the repository, with a database of its own; `serve` runs until the end
```text     lines that the commands before printed, `…` standing for anything
```graphql  is sent to the server that runs, signed in by the last authLogin before it
```json     is the answer to the query before it; "…" stands for any text
```csv      becomes the file that its fence names
"""

import argparse
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^```(\w+)[ ]*([^\n]*)\n(.*?)^```$", re.M | re.S)


class Server:
    """A command that keeps running; its output is read as it comes."""

    def __init__(self, command, environment):
        self.lines = []
        self.process = subprocess.Popen(
            shlex.split(command), cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, text=True
        )
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def address(self, patience):
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            for line in list(self.lines):
                found = re.search(r"listening on (http://\S+)", line)
                if found:
                    # What follows the address is printed at once.
                    time.sleep(0.3)
                    return found[1]
            if self.process.poll() is not None:
                raise SystemExit(f"the server ended with {self.process.returncode}")
            time.sleep(0.1)
        raise SystemExit("the server does not listen")

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=30)


def ask(address, query, token):
    request = urllib.request.Request(
        address, json.dumps({"query": query}).encode(), {"Content-Type": "application/json"}
    )
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def matches(said, came):
    if isinstance(said, dict) and isinstance(came, dict):
        return said.keys() == came.keys() and all(matches(said[key], came[key]) for key in said)
    if isinstance(said, list) and isinstance(came, list):
        return len(said) == len(came) and all(map(matches, said, came))
    if said == "…":
        return isinstance(came, str) and came != ""
    return said == came


def token_in(answer):
    for value in answer.values() if isinstance(answer, dict) else []:
        if isinstance(value, dict):
            found = value.get("accessToken") or token_in(value)
            if found:
                return found
    return None


def check_text(text, output):
    for line in filter(str.strip, text.splitlines()):
        pattern = ".*".join(re.escape(part) for part in line.strip().split("…"))
        if not any(re.search(pattern, each) for each in output):
            raise SystemExit(f"the README says this is printed, and it was not: {line}")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--ran", action="append", default=[], help="a command that was run before, to leave out")
    ran = arguments.parse_args().ran
    readme = (REPOSITORY / "README.md").read_text()
    for command in ran:
        if command not in readme:
            raise SystemExit(f"the README does not show {command}")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fieldhouse-readme-"))
    environment = os.environ | {
        "DATABASE_URL": f"sqlite://{folder}/readme.db",
        "FIELDHOUSE_LISTEN": "127.0.0.1:0",
        "RUST_LOG": "warn",
    }
    server, address, token, answer, output, files = None, None, None, None, [], {}
    done = {"commands": 0, "queries": 0}
    try:
        for kind, name, text in FENCE.findall(readme):
            if kind == "csv":
                files[name] = folder / name
                files[name].write_text(text)
            elif kind == "sh":
                output = []
                for command in filter(None, map(str.strip, text.splitlines())):
                    if command in ran or command.startswith("#"):
                        continue
                    print(f"$ {command}", flush=True)
                    for name, path in files.items():
                        command = command.replace(name, str(path))
                    if re.search(r"\bserve\b", command):
                        server = Server(command, environment)
                        address = server.address(patience=1800)
                        output = server.lines
                    else:
                        result = subprocess.run(
                            command, shell=True, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, text=True
                        )
                        output = output + result.stdout.splitlines()
                        if result.returncode != 0:
                            raise SystemExit(f"{command} failed with {result.returncode}")
                    done["commands"] += 1
            elif kind == "text":
                check_text(text, output)
            elif kind == "graphql":
                answer = ask(address, text, token)
                token = token_in(answer) or token
                done["queries"] += 1
            elif kind == "json":
                if not matches(json.loads(text), answer):
                    raise SystemExit(f"the README says\n{text}\nand the answer is\n{json.dumps(answer, indent=2, ensure_ascii=False)}")
        if server and server.stop() != 0:
            raise SystemExit("the server did not stop gracefully")
        print(f"README: {done['commands']} commands and {done['queries']} queries do what it says")
    finally:
        if server and server.process.poll() is None:
            server.process.kill()


if __name__ == "__main__":
    sys.exit(main())
