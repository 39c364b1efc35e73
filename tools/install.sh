#!/bin/sh
# Make .venv and install letmepost into it from the locked requirements.
#
#     tools/install.sh test     what runs and tests need (make install, make demo, make test)
#     tools/install.sh check    that, and the tools of make check
#
# A stamp is written only after the last step, so a broken run is repeated, and a finished one
# is recognized at once. Set PYTHON to choose the interpreter.
set -eu

level=${1:-test}
cd "$(dirname "$0")/.."
checkout=$(pwd)
venv=.venv

say() { printf '%s\n' "$*" >&2; }
fail() { say "letmepost: $*"; exit 1; }

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
can_make_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }
version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

find_python() {
    without_venv=
    too_old=
    for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
        command -v "$candidate" >/dev/null 2>&1 || continue
        version=$(version_of "$candidate") || continue
        if ! is_new_enough "$candidate"; then
            too_old=$version
        elif ! can_make_venv "$candidate"; then
            without_venv=${without_venv:-$version}
        else
            python=$candidate
            return
        fi
    done
    if [ -n "$without_venv" ]; then
        fail "Python $without_venv is here without its venv module; on Debian or Ubuntu," \
            "install it with: apt-get install python$without_venv-venv"
    elif [ -n "$too_old" ]; then
        fail "Python 3.11 or newer is needed and only Python $too_old is here; on Debian 12 or" \
            "Ubuntu 24.04, or newer, install it with: apt-get install python3 python3-venv"
    fi
    fail "Python 3.11 or newer is needed and ${PYTHON:-python3} is not here; on Debian 12 or" \
        "Ubuntu 24.04, or newer, install it with: apt-get install python3 python3-venv"
}

# Debian's pip is as old as its Python: nothing here needs a newer one.
pip() { "$venv/bin/python" -m pip --disable-pip-version-check --no-input -qq "$@"; }

case $level in
    test | check) ;;
    *) fail "install.sh knows the levels test and check, not $level" ;;
esac

locks=$(cat requirements/*.txt tools/install.sh | cksum)
project=$(cksum < pyproject.toml)
stamp=$venv/installed-$level
wanted="$checkout $locks $project"
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && [ -x "$venv/bin/letmepost" ]; then
    exit 0
fi

# Scripts in a virtual environment name its path, so a checkout that moved needs a new one.
home=$venv/made-for
if ! "$venv/bin/python" -c 'import pip' 2>/dev/null || [ "$(cat "$home" 2>/dev/null)" != "$checkout" ]
then
    find_python
    say "Making $venv with Python $(version_of "$python")"
    "$python" -m venv --clear "$venv" || fail "$python could not make $venv; see the lines above"
    printf '%s\n' "$checkout" > "$home"
fi
rm -f "$venv/installed-test" "$venv/installed-check"

say "Installing the locked requirements (requirements/$level.txt); the first time takes a minute"
pip install --require-hashes -r "requirements/$level.txt" ||
    fail "the requirements could not be installed; see the lines above, then run it again"

say "Installing letmepost itself"
pip install --no-build-isolation --no-deps -e . ||
    fail "letmepost could not be installed; see the lines above, then run it again"

# What the checks need holds all that the tests need.
if [ "$level" = check ]; then
    printf '%s\n' "$wanted" > "$venv/installed-test"
fi
printf '%s\n' "$wanted" > "$stamp"
