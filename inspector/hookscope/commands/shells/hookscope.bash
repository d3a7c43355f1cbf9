# hookscope's completion for bash (3.2 or newer)
_hookscope() {
    local program="${1/#\~/$HOME}" line="${COMP_LINE:0:COMP_POINT}" current="" kept paths word means
    local words=()
    read -ra words <<< "$line"
    case "$line" in
        *[![:space:]]) current="${words[${#words[@]} - 1]}"; unset "words[${#words[@]} - 1]" ;;
    esac
    # bash replaces what stands behind the last : or = only
    kept="${current%"${current##*[:=]}"}"
    COMPREPLY=()
    {
        read -r paths
        while IFS=$'\t' read -r word means; do
            COMPREPLY+=("${word#"$kept"}")
            case "$word" in *[:=]) compopt -o nospace 2>/dev/null ;; esac
        done
    } < <("$program" __complete "${words[@]:1}" "=$current" 2>/dev/null)
    case "$paths" in
        files) compopt -o filenames 2>/dev/null
            while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "${current#"$kept"}") ;;
        folders) compopt -o filenames 2>/dev/null
            while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -d -- "${current#"$kept"}") ;;
    esac
}
complete -o nosort -F _hookscope hookscope 2>/dev/null || complete -F _hookscope hookscope
