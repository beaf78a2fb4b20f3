"""What a milestone's script says of itself."""
import sys

from tito import experiment


def test_a_result_that_cannot_be_kept_is_no_error(tmp_path, monkeypatch, capsys):
    def read_only(path, _):
        raise PermissionError(13, "Permission denied", str(path))
    monkeypatch.setattr(experiment, "write_whole", read_only)
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "01_forward.py")])
    stage = experiment.Stage.__new__(experiment.Stage)
    stage.quick, stage.claims, stage.told = True, [], []
    stage._write_results()
    assert capsys.readouterr().out == \
        f"Not kept: {tmp_path / 'results/01_forward.json'} cannot be written (Permission denied)\n"
