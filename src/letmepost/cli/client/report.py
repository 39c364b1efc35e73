"""What a check of a post found, told for people."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from letmepost.cli.client.printable import printable

if TYPE_CHECKING:
    from rich.console import Console


def _widest_id(target: Mapping[str, Any]) -> int:
    found = [*target["violations"], *target["warnings"]]
    return max((len(each["rule"]) for each in found), default=0)


def tell_report(console: "Console", told: Mapping[str, Any]) -> None:
    """Each target: whether it would go out, its lengths, what is wrong, and what would mend it."""
    from rich.table import Table  # noqa: PLC0415 - loaded when it runs
    from rich.text import Text  # noqa: PLC0415 - as above

    for target in told["targets"]:
        mark = ("would go out", "green") if target["valid"] else ("would be refused", "red")
        name = target["platform"] or target.get("accountId") or f"target {target['target']}"
        console.print(Text.assemble("\n", (name, "bold"), "  ", mark))
        for length in target["lengths"]:
            console.print(
                f"  {length['field']}: {length['used']} of {length['limit']} {length['unit']}",
                markup=False,
            )
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        table.add_column()
        # The id is what somebody looks up, so it is never cut.
        table.add_column(no_wrap=True, min_width=_widest_id(target))
        for word, found in (("refused", "violations"), ("warning", "warnings")):
            for each in target[found]:
                # A message may quote the post, where brackets are no markup.
                table.add_row(
                    word,
                    each["rule"],
                    Text(printable(each["message"])),
                    Text(each["remediation"] or ""),
                )
        if table.row_count:
            console.print(table)
        for fix in target["fixes"]:
            console.print(printable(f"  fix ({fix['kind']}): {fix['value']}"), markup=False)
