# hookscope's completion for fish
function __hookscope_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '^~' $HOME -- $words[1])
    set -l answers ($program __complete $words[2..-1] "=$current" 2>/dev/null)
    string join \n -- $answers[2..-1]
    switch "$answers[1]"
        case files
            __fish_complete_path "$current"
        case folders
            __fish_complete_directories "$current" folder
    end
end
complete -c hookscope -e
complete -c hookscope -f -k -a '(__hookscope_complete)'
