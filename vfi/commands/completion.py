"""`vfi completion`: what a shell needs to complete our words."""

import click

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print what makes bash, zsh or fish complete commands, options and files of vfi.

    \b
    bash  eval "$(vfi completion bash)" in ~/.bashrc (bash 4.4 or newer)
    zsh   eval "$(vfi completion zsh)" in ~/.zshrc, after compinit
    fish  vfi completion fish > ~/.config/fish/completions/vfi.fish
    """
    from click.shell_completion import get_completion_class

    from . import group

    complete = get_completion_class(shell)
    assert complete is not None, shell
    made = complete(group, {}, "vfi", "_VFI_COMPLETE")
    # Its `source` asks the bash that is installed for its version, which may be another's.
    click.echo(made.source_template % made.source_vars())
