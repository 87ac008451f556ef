"""Asks a server with the demo what Schemathesis makes up, with ids, dates and texts of the demo in it.

Fails on an error without a code, on INTERNAL, on a status or an answer that no client expects, on a connection that is
dropped, and when so few answers are free of errors that hardly anything was reached.
"""

import argparse
import base64
import collections
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
import venv

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
TOOLS = REPOSITORY / "target" / "fuzz"
SCHEMATHESIS = "schemathesis==4.32.5"
OWNER = {"email": "owner@demo.fieldhouse.test", "password": "fieldhouse-demo"}
# After these there would be nothing left to ask: of an archived organization nobody sees anything, and whose password was
# tried wrongly waits before signing in.
LEFT_OUT = {"programArchive", "passwordChange"}
ENOUGH = 0.3
EXAMPLES = 8
DEPTH = 5
FIELDS = 60

LOGIN = "mutation($input: AuthLoginInput!) { authLogin(input: $input) { tokens { accessToken } userErrors { message } } }"
COLLECT = """
query($after: String) { viewer { id sessions { id } } programs(first: 2, after: $after) { pageInfo { endCursor hasNextPage } nodes { id
  members(first: 10) { nodes { id user { id } } } invitations(first: 5) { nodes { id } } teams(first: 5) { nodes { id } }
  teamSeasons(first: 5) { nodes { id eventGroups { id } roster(first: 10) { nodes { id athlete { id } } } } }
  trainingEvents(first: 15) { nodes { id } } workouts(first: 20) { nodes { id steps { __typename ... on Node { id } } } } } } }
"""
SESSIONS = """
query($id: ID!) { program(id: $id) {
  practiceSessions(last: 10) { nodes { id workouts { id assignments(first: 3) { nodes { id } } } } }
  athletes(first: 10) { nodes { id trainingSessions(first: 5) { nodes { id } } } } } }
"""


def in_tools():
    """Goes on in an environment that has Schemathesis."""
    python = TOOLS / "bin" / "python"
    if pathlib.Path(sys.prefix) == TOOLS:
        return
    try:
        if not python.exists():
            venv.create(TOOLS, with_pip=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", SCHEMATHESIS]
        subprocess.run(install, check=True, timeout=300)
    except (subprocess.SubprocessError, OSError) as error:
        print(f"skipped: Schemathesis is not there and cannot be installed: {error}", file=sys.stderr)
        sys.exit(77)
    os.execv(python, [python, *sys.argv])


class Server:
    """A server with the demo, which throttles nobody."""

    def __init__(self, folder):
        # As the tests build it, which is built already where they ran.
        subprocess.run(["cargo", "test", "--quiet", "--workspace", "--no-run"], cwd=REPOSITORY, check=True)
        target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
        command = [target / "debug" / "fieldhouse", "serve", "--demo", "--listen", "127.0.0.1:0"]
        for kind in ("points-per-user", "points-per-token", "points-per-address", "sign-ins-per-address"):
            command += [f"--{kind}", "0"]
        self.log = open(folder / "log", "w+")
        environment = os.environ | {"DATABASE_URL": f"sqlite://{folder}/fuzz.db", "RUST_LOG": "warn"}
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.address = None
        for line in self.process.stdout:
            found = re.search(r"listening on (http://\S+)", line)
            if found:
                self.address = found[1]
                break
        # Nothing that the server says may fill the pipe.
        threading.Thread(target=collections.deque, args=(self.process.stdout, 0), daemon=True).start()

    def said(self):
        self.log.flush()
        self.log.seek(0)
        return self.log.read()


class Demo:
    """What is in the demo, by type."""

    def __init__(self, chance):
        self.chance = chance
        self.ids = collections.defaultdict(lambda: collections.deque(maxlen=120))

    def collect(self, answer):
        """Keeps the ids in an answer, which tell their types."""
        if isinstance(answer, list):
            for each in answer:
                self.collect(each)
        elif isinstance(answer, dict):
            for key, value in answer.items():
                if key == "id" and isinstance(value, str):
                    text = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
                    kind = text.partition(b":")[0].decode(errors="replace")
                    if value not in self.ids[kind]:
                        self.ids[kind].append(value)
                else:
                    self.collect(value)

    def id(self, name, owner):
        """An id for an argument or field of this name."""
        word = owner if name in ("id", "ids") else re.sub(r"Ids?$", "", name)
        word = word[:1].upper() + word[1:]
        aliases = {
            "TrainingSession": "AthleteTrainingSession", "CoachMember": "ProgramMember", "Author": "ProgramMember",
            "Actor": "User", "Session": "AuthSession", "Exercise": "TrainingEvent", "Step": "WorkoutElement",
            "Element": "WorkoutElement",
        }
        for alias, kind in aliases.items():
            if word.startswith(alias):
                word = kind
        # PracticeSessionWorkoutUpdateInput, toProgram, replacementWorkout.
        begins = [kind for kind in self.ids if word.startswith(kind)]
        ends = [kind for kind in self.ids if word.endswith(kind)]
        kinds = sorted(begins or ends, key=len)[-1:] or list(self.ids)
        return self.chance.choice(list(self.ids[self.chance.choice(kinds)]) or [""])


class Words:
    """Values that a client would send."""

    def __init__(self, graphql, demo):
        self.graphql, self.demo, self.chance = graphql, demo, demo.chance

    def day(self):
        return time.strftime("%Y-%m-%d", time.localtime(time.time() + self.chance.randint(-60, 30) * 86_400))

    def text(self, name):
        chance = self.chance
        number = chance.randint(1, 10**9)
        known = {
            "slug": ["riverbend", f"program-{number}"], "timezone": ["America/Denver", "Europe/Berlin"],
            "email": [f"somebody{number}@example.org", "athlete@demo.fieldhouse.test"], "password": [f"correct horse {number}", OWNER["password"]],
            "newPassword": [f"correct horse {number}"], "color": ["#1A2B3C"], "logoUrl": ["https://example.org/logo.png"],
            "idempotencyKey": [f"key-{number}"], "tempo": ["3-1-1"],
            "content": [f"athlete,date,category,duration_seconds,rpe\nAda Whitlock,{self.day()},RUN,1800,4\n"],
        }
        return chance.choice(known.get(name, [f"Hill repeats {number}", f"Ünïcode 🏃 {number}", "x"]))

    def make(self, kind, name, owner):
        """A value of a type for an argument or field."""
        graphql, chance = self.graphql, self.chance
        if isinstance(kind, graphql.GraphQLNonNull):
            return self.make(kind.of_type, name, owner)
        if isinstance(kind, graphql.GraphQLList):
            items = [self.make(kind.of_type, name, owner) for _ in range(chance.choice((1, 1, 2)))]
            different = {graphql.print_ast(item): item for item in items}
            return graphql.ListValueNode(values=tuple(different.values()))
        if isinstance(kind, graphql.GraphQLEnumType):
            return graphql.EnumValueNode(value=chance.choice(list(kind.values)))
        if isinstance(kind, graphql.GraphQLInputObjectType):
            return self.object(kind)
        string = {
            "ID": lambda: self.demo.id(name, owner), "Date": self.day, "LocalTime": lambda: "07:30:00",
            "DateTime": lambda: f"{self.day()}T{chance.randint(10, 22)}:00:00Z", "String": lambda: self.text(name),
        }
        if kind.name in string:
            return graphql.StringValueNode(value=string[kind.name]())
        if kind.name == "Int":
            return graphql.IntValueNode(value=str(chance.choice((1, 2, 5, 7))))
        if kind.name == "Float":
            return graphql.FloatValueNode(value=chance.choice(("1.5", "60.0", "240.0")))
        if kind.name == "Boolean":
            return graphql.BooleanValueNode(value=chance.random() < 0.5)
        return graphql.ObjectValueNode(fields=())

    def object(self, kind):
        graphql, chance = self.graphql, self.chance
        fields = list(kind.fields.items())
        if kind.is_one_of:
            fields = [chance.choice(fields)]
        else:
            few = chance.choice((0.0, 0.1, 0.4))
            fields = [
                (name, field)
                for name, field in fields
                if graphql.is_required_input_field(field) or (chance.random() < few and name != "expectedVersion")
            ]
        nodes = [
            graphql.ObjectFieldNode(name=graphql.NameNode(value=name), value=self.make(field.type, name, kind.name))
            for name, field in fields
        ]
        return graphql.ObjectValueNode(fields=tuple(ordered(graphql, nodes)))

    def mend(self, node, kind, name, owner):
        """A value that was made up, mostly with ids that there are."""
        graphql, chance = self.graphql, self.chance
        if isinstance(kind, graphql.GraphQLNonNull):
            return self.mend(node, kind.of_type, name, owner)
        if isinstance(node, graphql.ListValueNode) and isinstance(kind, graphql.GraphQLList):
            return graphql.ListValueNode(values=tuple(self.mend(each, kind.of_type, name, owner) for each in node.values[:4]))
        if isinstance(node, graphql.ObjectValueNode) and isinstance(kind, graphql.GraphQLInputObjectType):
            fields = [
                graphql.ObjectFieldNode(
                    name=field.name,
                    value=self.mend(field.value, kind.fields[field.name.value].type, field.name.value, kind.name),
                )
                for field in node.fields
            ]
            if kind.is_one_of:
                return graphql.ObjectValueNode(fields=tuple(fields[:1])) if fields else self.object(kind)
            return graphql.ObjectValueNode(fields=tuple(fields))
        if getattr(kind, "name", None) in ("ID", "Date", "DateTime", "LocalTime") and chance.random() < 0.9:
            return self.make(kind, name, owner)
        return node

    def argument(self, node, argument, owner):
        name = node.name.value
        if name in ("before", "after", "last") and self.chance.random() < 0.9:
            return None
        if not isinstance(argument.type, self.graphql.GraphQLNonNull) and self.chance.random() < 0.6:
            return None
        if self.chance.random() < 0.6:
            value = self.make(argument.type, name, owner)
        else:
            value = self.mend(node.value, argument.type, name, owner)
        return self.graphql.ArgumentNode(name=node.name, value=value)

    def selections(self, schema, kind, selection, depth, left):
        """As much of a selection as the limits of the server allow, and what makes sense of the answer."""
        graphql, kept = self.graphql, []
        for node in selection.selections if selection else ():
            if left[0] <= 0:
                break
            if isinstance(node, graphql.InlineFragmentNode):
                inner = schema.type_map[node.type_condition.name.value] if node.type_condition else kind
                part = self.selections(schema, inner, node.selection_set, depth, left)
                kept.append(graphql.InlineFragmentNode(type_condition=node.type_condition, directives=(), selection_set=part))
                continue
            name = node.name.value
            if name == "__typename" or not hasattr(kind, "fields"):
                continue
            field = kind.fields[name]
            inner = graphql.get_named_type(field.type)
            is_leaf = graphql.is_leaf_type(inner)
            if not is_leaf and depth >= DEPTH:
                continue
            left[0] -= 1
            owner = name if depth == 0 else kind.name
            given = {each.name.value: each for each in node.arguments}
            arguments = [self.argument(each, field.args[key], owner) for key, each in given.items()]
            part = None if is_leaf else self.selections(schema, inner, node.selection_set, depth + 1, left)
            # Two of a name would have to be the same.
            if any(isinstance(each, graphql.FieldNode) and each.name.value == name for each in kept):
                continue
            kept.append(
                graphql.FieldNode(
                    name=node.name, directives=(), selection_set=part,
                    arguments=tuple(each for each in arguments if each),
                )
            )
        names = {each.name.value for each in kept if isinstance(each, graphql.FieldNode)}
        fields = getattr(kind, "fields", {})
        if "id" in fields and "id" not in names:
            kept.append(graphql.FieldNode(name=graphql.NameNode(value="id"), arguments=(), directives=()))
        if "userErrors" in fields:
            kept = [each for each in kept if not (isinstance(each, graphql.FieldNode) and each.name.value == "userErrors")]
            kept += graphql.parse("{ userErrors { code message field } }").definitions[0].selection_set.selections
        if not kept:
            kept.append(graphql.FieldNode(name=graphql.NameNode(value="__typename"), arguments=(), directives=()))
        return graphql.SelectionSetNode(selections=tuple(kept))

    def document(self, schema, document):
        """The document that is sent instead of one that was made up."""
        graphql, definitions = self.graphql, []
        for each in document.definitions:
            root = schema.mutation_type if each.operation == graphql.OperationType.MUTATION else schema.query_type
            part = self.selections(schema, root, each.selection_set, 0, [FIELDS])
            definitions.append(
                graphql.OperationDefinitionNode(
                    operation=each.operation, name=None, variable_definitions=(), directives=(), selection_set=part
                )
            )
        return graphql.DocumentNode(definitions=tuple(definitions))


def ordered(graphql, nodes):
    """Fields of an object, what begins before what ends."""
    places = {node.name.value: place for place, node in enumerate(nodes)}
    for first, last in (("startDate", "endDate"), ("from", "to"), ("startsAt", "endsAt"), ("joinedOn", "leftOn")):
        if first in places and last in places:
            one, other = nodes[places[first]], nodes[places[last]]
            if one.value.value > other.value.value:
                one, other = other, one
            for name, place, node in ((first, places[first], one), (last, places[last], other)):
                nodes[place] = graphql.ObjectFieldNode(name=graphql.NameNode(value=name), value=node.value)
    return nodes


class Answers:
    """What was answered, counted, and what must not be."""

    def __init__(self):
        self.codes, self.wrong = collections.Counter(), {}
        self.all = self.free = self.mendable = 0
        self.fields = collections.defaultdict(collections.Counter)

    def blame(self, why, document, detail=""):
        self.wrong.setdefault(why, (document, detail))

    def note(self, field, document, status, text):
        self.all += 1
        try:
            answer = json.loads(text)
        except ValueError:
            self.blame(f"{field}: an answer that is no JSON, status {status}", document, text[:300])
            return {}
        codes = [(error.get("extensions") or {}).get("code") for error in answer.get("errors", [])]
        for code, error in zip(codes, answer.get("errors", [])):
            self.codes[code] += 1
            if code in (None, "INTERNAL"):
                self.blame(f"{field}: {code or 'no code'}", document, json.dumps(error))
        if status >= 500:
            self.blame(f"{field}: status {status}", document, text[:300])
        payload = (answer.get("data") or {}).get(field)
        mistakes = payload.get("userErrors") if isinstance(payload, dict) else None
        self.mendable += bool(mistakes)
        is_free = not codes and not mistakes
        self.free += is_free
        self.fields[field]["free" if is_free else "not"] += 1
        return answer

    def report(self, seconds, operations):
        share = self.free / max(self.all, 1)
        print(f"{self.all} answers in {seconds:.0f} s: {self.free} free of errors ({share:.0%}), {self.mendable} with userErrors")
        print("codes:", ", ".join(f"{code} {count}" for code, count in self.codes.most_common()) or "none")
        never = sorted(field for field in operations if not self.fields[field]["free"])
        print(f"{len(operations)} operations, never free of errors: {', '.join(never) or 'none'}")
        for why, (document, detail) in self.wrong.items():
            print(f"WRONG {why}\n{detail}\n{document}\n")
        if share < ENOUGH:
            print(f"WRONG fewer than {ENOUGH:.0%} of the answers are free of errors")
        return not self.wrong and share >= ENOUGH


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=int, default=60)
    arguments.add_argument("--seed", type=int, default=None, help="makes up the same again, on the same day")
    options = arguments.parse_args()
    in_tools()

    import graphql
    import hypothesis
    import requests
    import schemathesis

    seed = options.seed if options.seed is not None else random.SystemRandom().randint(1, 10**9)
    print(f"seed {seed}", flush=True)
    demo = Demo(random.Random(seed))
    words, answers = Words(graphql, demo), Answers()
    with tempfile.TemporaryDirectory(prefix="fieldhouse-fuzz-") as folder:
        server = Server(pathlib.Path(folder))
        try:
            session = requests.Session()

            def ask(query, variables=None):
                body = {"query": query, "variables": variables or {}}
                return session.post(server.address, json=body, timeout=30)

            def sign_in():
                session.headers.pop("Authorization", None)
                login = ask(LOGIN, {"input": OWNER}).json()
                session.headers["Authorization"] = f"Bearer {login['data']['authLogin']['tokens']['accessToken']}"

            def look_around():
                after = None
                for _ in range(3):
                    found = ask(COLLECT, {"after": after}).json()
                    demo.collect(found.get("data"))
                    page = found["data"]["programs"]["pageInfo"]
                    after = page["endCursor"]
                    if not page["hasNextPage"]:
                        break
                for program in list(demo.ids["Program"])[:4]:
                    demo.collect(ask(SESSIONS, {"id": program}).json().get("data"))

            sign_in()
            look_around()
            schema = schemathesis.graphql.from_path(str(REPOSITORY / "schema.graphql"))
            schema.config.update(base_url=server.address)
            for name in ("Date", "DateTime", "LocalTime"):
                schemathesis.graphql.scalar(name, hypothesis.strategies.text(max_size=12).map(schemathesis.graphql.nodes.String))
            anything = hypothesis.strategies.just(graphql.ObjectValueNode(fields=()))
            schemathesis.graphql.scalar("JSON", anything)

            @schema.hook
            def map_body(context, body):
                return words.document(schema.client_schema, body)

            operations = {}
            for root in ("Query", "Mutation"):
                for field in schema[root]:
                    if field not in LEFT_OUT:
                        operations[field] = schema[root][field]
            # There are five times as many mutations as queries, and more of them go wrong.
            turns = list(operations) + [field for field in schema["Query"] for _ in range(3)]
            settings = hypothesis.settings(
                max_examples=EXAMPLES, deadline=None, database=None, phases=[hypothesis.Phase.generate],
                suppress_health_check=list(hypothesis.HealthCheck),
            )
            started, turn = time.monotonic(), 0

            def is_over():
                return time.monotonic() - started > options.seconds

            while not is_over():
                if turn % len(turns) == 0:
                    demo.chance.shuffle(turns)
                    look_around()
                field = turns[turn % len(turns)]
                turn += 1

                @hypothesis.seed(seed + turn)
                @settings
                @hypothesis.given(case=operations[field].as_strategy())
                def examples(case):
                    if is_over():
                        return
                    try:
                        reply = case.call(session=session, timeout=30)
                    except Exception as error:
                        answers.blame(f"{field}: no answer: {error}", case.body)
                        return
                    answer = answers.note(field, case.body, reply.status_code, reply.text)
                    demo.collect(answer.get("data"))
                    try:
                        operations[field].schema.validate_response(operations[field], reply, case=case)
                    except AssertionError as failure:
                        answers.blame(f"{field}: {failure}", case.body, reply.text[:300])
                    if any((each.get("extensions") or {}).get("code") == "UNAUTHENTICATED" for each in answer.get("errors", [])):
                        sign_in()

                examples()
            is_fine = answers.report(time.monotonic() - started, operations)
            if server.process.poll() is not None or "panicked" in server.said():
                print("WRONG the server panicked or ended")
                is_fine = False
            if not is_fine:
                print("".join(server.said().splitlines(keepends=True)[-40:]))
        finally:
            server.process.terminate()
            code = server.process.wait(timeout=30)
        if code != 0:
            print(f"WRONG the server ended with {code}")
    return 0 if is_fine and code == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
