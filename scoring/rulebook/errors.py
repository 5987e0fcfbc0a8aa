"""Why a policy can't be used, said to whoever wrote it."""

from scoring.fields import InputError


class PolicyError(InputError):
    """`field` names the place (`section.key`, or `file/table/row`), `problem` is the English sentence and `zh` the
    Chinese one; for a misspelt key there is no Chinese."""

    def __init__(self, field: str, problem: str, zh: str = "") -> None:
        super().__init__(field, problem)
        self.zh = zh
