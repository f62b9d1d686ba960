#!/usr/bin/env bash
# Installs the Debian or Ubuntu packages that Practice Agent needs, and only those that are missing.
#
#   scripts/packages.sh base      Python's venv module, unixODBC and the three ODBC drivers
#   scripts/packages.sh servers   MariaDB, PostgreSQL and squid server programs, for the tests and two of the demos
#   scripts/packages.sh screen    what Qt needs, and a screen in memory with a window manager and a tray
#
# Looks for the programs and drivers themselves, so a machine that got them in another way is left alone. Asks no
# question: needs root, or sudo. Never leaves a database server running that was not running before.
set -euo pipefail

python=${PYTHON:-python3}
missing=()

need() { # PACKAGE COMMAND...: the package is needed when the command fails
    local package=$1
    shift
    "$@" >/dev/null 2>&1 </dev/null || missing+=("$package")
}

have_driver() { command -v odbcinst && odbcinst -q -d -n "$1"; }
have_postgres() { command -v postgres || compgen -G '/usr/lib/postgresql/*/bin/postgres'; }
have_squid() { command -v squid || test -x /usr/sbin/squid; }
have_mariadb() { command -v mariadbd || test -x /usr/sbin/mariadbd; }

look() {
    missing=()
    case $1 in
    base)
        need python3-venv "$python" -c 'import ensurepip, venv'
        need unixodbc command -v isql
        need unixodbc ldconfig_has libodbc.so.2
        need libsqliteodbc have_driver SQLite3
        need odbc-mariadb have_driver 'MariaDB Unicode'
        need odbc-postgresql have_driver 'PostgreSQL Unicode'
        ;;
    servers)
        need mariadb-server-core have_mariadb
        need mariadb-server-core command -v mariadb-install-db
        need mariadb-client-core command -v mariadb
        need postgresql have_postgres
        need squid have_squid
        need faketime command -v faketime
        ;;
    screen)
        need libxcb-cursor0 ldconfig_has libxcb-cursor.so.0
        need libxcb-icccm4 ldconfig_has libxcb-icccm.so.4
        need libxcb-keysyms1 ldconfig_has libxcb-keysyms.so.1
        need libxcb-shape0 ldconfig_has libxcb-shape.so.0
        need libxkbcommon-x11-0 ldconfig_has libxkbcommon-x11.so.0
        need libegl1 ldconfig_has libEGL.so.1
        need libfontconfig1 ldconfig_has libfontconfig.so.1
        need libdbus-1-3 ldconfig_has libdbus-1.so.3
        need fonts-open-sans have_file /usr/share/fonts/truetype/open-sans
        need fonts-dejavu-core have_file /usr/share/fonts/truetype/dejavu
        need xvfb command -v Xvfb
        need openbox command -v openbox
        need trayer command -v trayer
        need xdotool command -v xdotool
        need x11-utils command -v xwininfo
        ;;
    *)
        echo "usage: $0 base|servers|screen" >&2
        exit 2
        ;;
    esac
}

have_file() { test -e "$1"; }
# No pipe into `grep -q`: it stops reading at the first match, and `ldconfig` would then die of the broken pipe and,
# with pipefail, make a library that is there look missing wherever the list is longer than the pipe.
ldconfig_has() { [[ $(ldconfig -p 2>/dev/null || /sbin/ldconfig -p) == *"$1 "* ]]; }

settings=(DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l)
as_root() {
    if [ "$(id -u)" = 0 ]; then
        env "${settings[@]}" "$@"
    else
        sudo env "${settings[@]}" "$@"
    fi
}

may_install() {
    if ! command -v apt-get >/dev/null; then
        echo "This machine lacks what the Debian packages ${missing[*]} give, and has no apt-get: install it by hand." >&2
        return 1
    fi
    # sudo may ask for the password, but only where somebody can answer.
    if [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null && ! { [ -t 0 ] && command -v sudo >/dev/null; }; then
        echo "Missing packages: ${missing[*]}" >&2
        echo "Run this as root or with sudo, or install them yourself: apt-get install ${missing[*]}" >&2
        return 1
    fi
}

quietly() { # shows a command's output only when it fails
    local log
    log=$(mktemp)
    if ! "$@" >"$log" 2>&1 </dev/null; then
        cat "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

apt() { quietly as_root apt-get -q -o DPkg::Lock::Timeout=300 "$@"; }
install() { apt install -y --no-install-recommends "$@"; }

# Debian's postgresql package would create a cluster and start it; we want the programs only.
clusters=/etc/postgresql-common/createcluster.conf
without_cluster() {
    [ -e "$clusters" ] || install postgresql-common
    if ! grep -Eq '^[[:space:]]*create_main_cluster' "$clusters"; then
        trap 'as_root sed -i "/^create_main_cluster = false # practice-agent$/d" "$clusters"' EXIT
        echo 'create_main_cluster = false # practice-agent' | as_root tee -a "$clusters" >/dev/null
    fi
}

look "$1"
[ ${#missing[@]} -gt 0 ] || exit 0

mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
may_install
echo "Installing packages: ${missing[*]}"
apt update || echo "The package lists could not all be brought up to date; going on with those at hand." >&2
for package in "${missing[@]}"; do
    [ "$package" != postgresql ] || without_cluster
done
install "${missing[@]}"
# Debian's squid package starts a proxy for everybody; the tests start their own.
case " ${missing[*]} " in
*" squid "*) ! command -v systemctl >/dev/null || as_root systemctl disable --quiet --now squid 2>/dev/null || true ;;
esac

look "$1"
if [ ${#missing[@]} -gt 0 ]; then
    echo "Still missing after the installation: ${missing[*]}" >&2
    exit 1
fi
