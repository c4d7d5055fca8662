# Fonctions communes à run, test et lock. À charger par « source », avec RACINE déjà défini.

VENV="$RACINE/.venv"
PYTHON="$VENV/bin/python"

dire() { printf '%s\n' "$*" >&2; }
echouer() { dire "ERREUR : $*"; exit 1; }

# en_admin COMMANDE… : la commande en root, directement ou par sudo ; échoue s'il n'y a ni l'un ni l'autre.
en_admin() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        return 1
    fi
}

# installer_paquets PAQUET… : par apt, une liste à jour d'abord ; ne rien installer n'est pas une erreur fatale.
installer_paquets() {
    command -v apt-get >/dev/null || return 1
    dire "Installation par apt : $*"
    en_admin env DEBIAN_FRONTEND=noninteractive apt-get update -qq >/dev/null || dire "apt-get update a échoué ; on essaie quand même."
    en_admin env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# trouver_python : le premier Python 3.11 ou plus récent.
trouver_python() {
    local candidat
    for candidat in python3 python3.13 python3.12 python3.11 python3.14; do
        if command -v "$candidat" >/dev/null &&
            "$candidat" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidat"
            return
        fi
    done
    return 1
}

preparer_venv() {
    if [ -x "$PYTHON" ] && "$PYTHON" -c 'import pip' 2>/dev/null; then
        return
    fi
    local python
    python=$(trouver_python) || echouer "Python 3.11 ou plus récent est introuvable. Sous Debian 12 ou Ubuntu 24.04 : apt install python3 python3-venv"
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        installer_paquets python3-venv || true
        "$python" -c 'import ensurepip, venv' 2>/dev/null ||
            echouer "le module venv de Python manque et n'a pas pu être installé (paquet python3-venv)."
    fi
    dire "Création de l'environnement .venv"
    "$python" -m venv --clear "$VENV" || echouer "l'environnement .venv n'a pas pu être créé."
}

empreinte() { sha256sum "$@" | cut -d' ' -f1 | sha256sum | cut -d' ' -f1; }

# installer_python NOM : requirements/NOM.txt, seulement si le fichier a changé depuis la dernière fois.
installer_python() {
    local liste="$RACINE/requirements/$1.txt" temoin="$VENV/.installe-$1" attendu
    attendu=$(empreinte "$liste")
    [ -f "$temoin" ] && [ "$(cat "$temoin")" = "$attendu" ] && return
    dire "Installation des dépendances Python (requirements/$1.txt)"
    "$PYTHON" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$liste" ||
        echouer "les dépendances Python n'ont pas pu être installées : vérifier l'accès au dépôt de paquets."
    printf '%s\n' "$attendu" >"$temoin"
    # dev contient base : ./scripts/run n'aura rien à refaire.
    [ "$1" != dev ] || empreinte "$RACINE/requirements/base.txt" >"$VENV/.installe-base"
}

bibliotheque() { "$PYTHON" -c "import ctypes; ctypes.CDLL('$1')" 2>/dev/null; }
police() { command -v fc-list >/dev/null && [ -n "$(fc-list :lang=fr 2>/dev/null | head -1)" ]; }

# preparer_systeme : ce dont WeasyPrint a besoin pour écrire les PDF.
preparer_systeme() {
    local temoin="$VENV/.systeme" paquets=()
    [ -f "$temoin" ] && return
    bibliotheque libpango-1.0.so.0 || paquets+=(libpango-1.0-0)
    bibliotheque libpangoft2-1.0.so.0 || paquets+=(libpangoft2-1.0-0)
    bibliotheque libharfbuzz-subset.so.0 || paquets+=(libharfbuzz-subset0)
    police || paquets+=(fontconfig fonts-dejavu-core)
    if [ ${#paquets[@]} -gt 0 ]; then
        installer_paquets "${paquets[@]}" || dire "apt n'a pas tout installé."
        if ! bibliotheque libpangoft2-1.0.so.0 || ! police; then
            dire "ATTENTION : il manque ${paquets[*]} ; les PDF ne pourront pas être produits. Le reste fonctionne."
            return
        fi
    fi
    : >"$temoin"
}
