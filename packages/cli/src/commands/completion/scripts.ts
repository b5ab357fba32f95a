/** The shells whose completion there is a script for. */
export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

// Why no package writes these: those there are divide words at spaces, so that no model's name could be completed, run what was
// typed through `eval`, or cannot ask a database. The scripts only hand the line over; `vidops __complete` reads it.

// Works in the bash 3.2 of macOS, which has neither mapfile nor compopt. What is read is never expanded.
const bash = `# vidops completion for bash
_vidops() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [ "$line" = ":files" ]; then
      compopt -o default 2>/dev/null
    else
      COMPREPLY+=("$line")
    fi
  done < <(vidops __complete bash "\${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null </dev/null)
}
complete -o nosort -F _vidops vidops 2>/dev/null || complete -F _vidops vidops
`;

const zsh = `#compdef vidops
# vidops completion for zsh
_vidops() {
  local line value description
  local -a before values shown
  before=("\${(@Q)words[2,CURRENT-1]}")
  (( CURRENT > 2 )) || before=()
  while IFS= read -r line; do
    if [[ $line == ":files" ]]; then
      _files
      return
    fi
    value=\${line%%$'\\t'*}
    description=\${line#*$'\\t'}
    values+=("$value")
    shown+=("\${value}\${description:+  -- \${description}}")
  done < <(vidops __complete zsh "\${before[@]}" "\${(Q)PREFIX}" 2>/dev/null </dev/null)
  (( $#values )) && compadd -M 'm:{a-zA-Z}={A-Za-z}' -V vidops -l -d shown -a values
}
if [[ $funcstack[1] == "_vidops" ]]; then
  _vidops "$@"
else
  compdef _vidops vidops
fi
`;

const fish = `# vidops completion for fish
function __vidops_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l typed (commandline -ct)
    set -l current (string unescape -- $typed; or string trim --left --chars='"\\'' -- $typed)
    for line in (vidops __complete fish $words "$current" 2>/dev/null </dev/null)
        if test "$line" = ":files"
            __fish_complete_path "$typed"
        else
            printf '%s\\n' $line
        end
    end
end
complete --command vidops --no-files --keep-order --arguments '(__vidops_complete)'
`;

/** The script that a shell reads at its start. */
export const completionScripts: Readonly<Record<Shell, string>> = { bash, zsh, fish };
