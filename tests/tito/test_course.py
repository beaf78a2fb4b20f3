"""Which modules are meant by what is typed."""
import pytest

from tito.course import find_milestone, find_modules
from tito.errors import TitoError


@pytest.mark.parametrize(("typed", "numbers"), [
    (["01-05"], [1, 2, 3, 4, 5]), (["3", "01-02"], [3, 1, 2]), (["01-03", "02-04", "tensor"], [1, 2, 3, 4]),
    (["tensor-layers"], [1, 2, 3]), (["20-20"], [20]), ([], []),
])
def test_ranges_names_and_numbers_stand_side_by_side(typed, numbers):
    assert [module.number for module in find_modules(typed)[0]] == numbers


@pytest.mark.parametrize(("typed", "told"), [("05-01", "write 01-05"), ("01-", "no module '01-'"),
                                             ("01-99", "no module '99'"), ("01-02-03", "no module '01-02-03'")])
def test_what_is_no_range_is_told_with_the_mend(typed, told):
    with pytest.raises(TitoError, match=told) as refused:
        find_modules([typed])
    assert refused.value.exit_code == 2


def test_a_number_that_disagrees_with_its_name_is_told_in_a_range_too():
    modules, remarks = find_modules(["02_tensor-03"])
    assert [module.number for module in modules] == [1, 2, 3] and "the name wins" in remarks[0]


@pytest.mark.parametrize("typed", ["²", "07", "1956", ""])
def test_what_is_no_milestone_is_told(typed):
    with pytest.raises(TitoError, match="no milestone"):
        find_milestone(typed)
