"""Pairs of versions to compare, one a line, with a tab between: pairs.py FORM COUNT SEED. Most are as people write them, some ugly."""

import random
import re
import sys

form, count, seed = sys.argv[1], int(sys.argv[2]), sys.argv[3]
dice = random.Random(f"{form} {seed}")
choose, chance = dice.choice, lambda share: dice.random() < share
BIG = ["18446744073709551615", "18446744073709551616", "99999999999999999999", "100000000000000000000"]
WORDS = ["alpha", "beta", "rc", "pre", "dev", "a", "b", "c", "RC", "Beta", "preview", "x", "post", "final", "SNAPSHOT", "M"]


def number(big=()):
    if big and chance(0.02):
        return choose(big)
    return choose(["0", "0", "1", "1", "2", "3", "9", "10", "11", "20", "99", "100", str(dice.randrange(10_000)), "2026", "20261105"])


def numbers(least, most, big=()):
    return ".".join(number(big) for _ in range(dice.randint(least, most)))


def identifier():
    return choose([number(), number(BIG), choose(WORDS), choose(WORDS) + number(), number() + choose(WORDS),
                   choose(WORDS) + "-" + number(), "-", "--", "-1", "0a", "0-0", "x-y-z", "deadbee"])


def identifiers(most=4):
    return ".".join(identifier() for _ in range(dice.randint(1, most)))


def semver(least=3, most=3, big=()):
    text = numbers(least, most, big)
    if chance(0.5):
        text += "-" + identifiers()
    if chance(0.2):
        text += "+" + choose(["incompatible", "build.1", "20130313144700", "sha.5114f85", "0", identifiers(2)])
    return text


def golang():
    if chance(0.15):
        base = numbers(3, 3)
        return "v" + base + choose(["-", "-0.", "-rc.1.0."]) + "2023" + "".join(choose("01") for _ in range(10)) + "-" + "".join(
            choose("0123456789abcdef") for _ in range(12)) + choose(["", "", "+incompatible"])
    if chance(0.1):
        return "v" + numbers(1, 2)
    return "v" + semver(big=BIG)


def toolchain():
    text = "go" + choose(["1", "1.{}", "1.{}", "1.{}.{}", "1.{}.{}", "1.{}.{}", "2.{}"]).format(
        choose([0, 2, 9, 19, 20, 21, 22, 23, 24, 25, 26]), choose([0, 1, 2, 3, 9, 10, 11, 13]))
    if text.count(".") == 1 and chance(0.5):
        text += choose(["rc", "beta", "rc", "alpha"]) + choose(["1", "2", "3", "9", "10", "11"])
    if chance(0.1):
        text += choose(["-bigcorp", "-1", "-fips", "-20260101"])
    return text


def pypi():
    part = lambda words: choose(["", "", ".", "-", "_"]) + choose(words) + choose(["", "", ".", "-", "_"]) + choose(["", "0", "1", "2", "10", "01"])
    text = choose(["", "", "", "", "v"]) + choose([""] * 8 + ["0!", "1!", "2!"]) + numbers(1, 5, ["18446744073709551614"])
    if chance(0.4):
        text += part(["a", "b", "c", "rc", "alpha", "beta", "pre", "preview", "RC", "A"])
    if chance(0.25):
        text += choose([part(["post", "rev", "r", "POST"]), "-" + number()])
    if chance(0.25):
        text += part(["dev", "DEV"])
    if chance(0.15):
        text += "+" + choose("._-").join(choose(["1", "2", "10", "ubuntu", "Ubuntu", "abc", "a1", "1a", "007", "cu118"]) for _ in range(dice.randint(1, 3)))
    return text


def gem():
    text = numbers(1, 5, ["4294967295"])
    if chance(0.3):
        text += "." + choose([choose(WORDS), choose(WORDS) + number(), number() + choose(WORDS), choose(WORDS) + "." + number()])
    if chance(0.15):
        text += choose([".0", ".0.0", ".a.0", ".0.a"])
    if chance(0.2):
        text += "-" + choose([identifiers(2), "java", "1", "alpha.0"])
    return text


def nuget():
    text = numbers(1, 4)
    if chance(0.5):
        text += "-" + ".".join(choose([choose(["0", "1", "2", "9", "10", "11"]), choose(WORDS), choose(WORDS) + number()]) for _ in range(dice.randint(1, 3)))
    if chance(0.1):
        text += "+" + choose(["abc", "sha.1"])
    return text


def near(text):
    """Another version that differs little: that is where orders differ."""
    at = dice.randrange(len(text))
    return choose([
        text + ".0", text + "0", text + ".1", text + "1", text + "a", text[:-1],
        text[:at] + choose("0019ab.-") + text[at + 1:], text[:at] + text[at + 1:], text[:at] + choose("0019ab.-") + text[at:],
        text.upper() if form != "golang.toolchain" else text, text.replace("-", ".", 1), text.split("-")[0], text.split("+")[0],
    ])


def is_read(text):
    """What differs on purpose has tests of its own: numbers that one of the two can't hold (those of JavaScript are rounded),
    words that Go never used, `go1.25-rc1`."""
    if form == "golang.toolchain":
        return re.fullmatch(r"go[\d.]+((rc|beta|alpha)\d*)?(-(?!rc|beta|alpha).*)?", text)
    largest = {"npm": 2**53, "pypi": 2**64 - 1, "gem": 2**32}.get(form)
    return not largest or all(int(digits) < largest for digits in re.findall(r"\d+", text))


MAKE = {"golang.modules": golang, "golang.toolchain": toolchain, "npm": lambda: choose(["", "", "", "v"]) + semver(),
        "pypi": pypi, "gem": gem, "nuget": nuget}
make, made = MAKE[form], 0
while made < count:
    one = make()
    other = near(one) if chance(0.6) else make()
    if chance(0.5):
        one, other = other, one
    if one and other and one != other and is_read(one) and is_read(other):
        print(f"{one}\t{other}")
        made += 1
