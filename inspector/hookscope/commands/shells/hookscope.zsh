#compdef hookscope
# hookscope's completion for zsh
_hookscope() {
    local program="${(Q)words[1]}" paths word means
    local -a whole open
    {
        read -r paths
        while IFS=$'\t' read -r word means; do
            means="${word//:/\\:}${means:+:$means}"
            if [[ $word == *[:=] ]]; then open+=("$means"); else whole+=("$means"); fi
        done
    } < <("${~program}" __complete "${(@Q)words[2,CURRENT-1]}" "=${(Q)PREFIX}" 2>/dev/null)
    (( $#whole )) && _describe -V hookscope whole
    (( $#open )) && _describe -V hookscope open -S ''
    case $paths in
        files) _files ;;
        folders) _files -/ ;;
    esac
}
if [[ $funcstack[1] == _hookscope ]]; then
    _hookscope "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
    compdef _hookscope hookscope
fi
