"""The list of tables: enough of them, and a third held out by a rule."""

import pytest

from chainrule.bench.tables.table_list import package_folder, select_tables
from chainrule.errors import UnknownNameError


def test_enough_tables_of_both_tasks_are_listed_once_each_by_name():
    tables = select_tables()
    names = [table.name for table in tables]
    assert len(names) >= 22
    assert names == sorted(set(names))
    assert {table.task for table in tables} == {"classification", "regression"}


def test_every_third_table_by_name_is_held_out_so_that_nobody_chose_them():
    assert [t.held_out for t in select_tables()] == [i % 3 == 2 for i in range(30)]


def test_what_is_left_out_has_a_reason():
    assert all(bool(table.drop) == bool(table.why) for table in select_tables())


def test_a_name_that_is_not_listed_is_refused_with_similar_ones():
    assert [table.name for table in select_tables(["wage", "iris"])] == ["iris", "wage"]
    with pytest.raises(UnknownNameError, match="wage"):
        select_tables(["wages"])


def test_a_package_is_found_without_being_imported():
    found = package_folder("sklearn")
    assert found is not None
    assert (found / "datasets").is_dir()
    assert package_folder("no_such_package_of_tables") is None
