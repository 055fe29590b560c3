"""The shells' completion of the command line, to standard output: `completion.py bash` or `zsh`."""

import sys

from command_line import Command, Option, commands, program

_BASH = """\
# bash completion for {name}

_homecall_appliance() {{
    local current=$2 previous=$3 command= word words
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case $word in
            {names}) command=$word; break ;;
        esac
    done
    case $previous in
        {with_file})
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            compopt -o filenames
            return ;;
    esac
    case $command in
{cases}
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}}

complete -F _homecall_appliance {name}
"""

_ZSH = """\
#compdef {name}

local state
local -a commands
commands=(
{commands}
)

_arguments -C \\
{options}
    '1:command:->command' \\
    '*::option:->option'

case $state in
    command) _describe command commands ;;
    option)
        case $words[1] in
{cases}
        esac ;;
esac
"""


def bash() -> str:
    """For bash: a function that knows the words which may come next."""
    everything = (program(), *commands())
    files = {
        name
        for each in everything
        for option in each.options
        if option.value
        for name in option.names
    }
    first = " ".join((*(each.name for each in commands()), *_words(program())))
    cases = [("''", first), *((each.name, " ".join(_words(each))) for each in commands())]
    return _BASH.format(
        name=program().name,
        names="|".join(each.name for each in commands()),
        with_file="|".join(sorted(files)),
        cases="\n".join(f'        {case}) words="{words}" ;;' for case, words in cases),
    )


def zsh() -> str:
    """For zsh: likewise, with what each word means."""
    return _ZSH.format(
        name=program().name,
        commands="\n".join(
            f"    {_quoted(each.name + ':' + each.text.removesuffix('.'))}" for each in commands()
        ),
        options="\n".join(f"    {each} \\" for each in _arguments(program())),
        cases="\n".join(
            f"            {each.name}) _arguments {' '.join(_arguments(each))} ;;"
            for each in commands()
        ),
    )


def _words(command: Command) -> list[str]:
    return [name for option in command.options for name in option.names]


def _arguments(command: Command) -> list[str]:
    return [_argument(name, option) for option in command.options for name in option.names]


def _argument(name: str, option: Option) -> str:
    """As _arguments has it; every value that there is so far is a file."""
    text = option.text.replace("[", "(").replace("]", ")").replace(":", "")
    return _quoted(f"{name}[{text}]" + (f":{option.value}:_files" if option.value else ""))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


if __name__ == "__main__":
    sys.stdout.write({"bash": bash, "zsh": zsh}[sys.argv[1]]())
