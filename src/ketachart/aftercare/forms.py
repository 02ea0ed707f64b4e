"""What a patient answers on the day after, and what a member of staff writes about it. Nothing is chosen beforehand."""

from typing import Any

from django import forms

from ketachart.aftercare.questions import LONGEST_TEXT, check_in_knowledge


class CheckInForm(forms.Form):
    """Every question optional, nothing chosen beforehand."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in check_in_knowledge().question:
            field: Any  # with the marks that the field template reads
            if question.kind == "text":
                field = forms.CharField(
                    required=False, max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 3})
                )
            else:
                field = forms.ChoiceField(
                    required=False, choices=list(question.answers.items()), widget=forms.RadioSelect
                )
                field.choices_in_row = True
            field.label = question.text
            field.may_stay_open = True  # every question may: "optional" beside each would only clutter
            if question.low:
                field.help_text = f"0: {question.low.lower()}. 10: {question.high.lower()}."
            self.fields[question.id] = field

    @property
    def answers(self) -> dict[str, str | None]:
        return {name: value or None for name, value in self.cleaned_data.items()}


class CallForm(forms.Form):
    note = forms.CharField(max_length=300, label="What happened?", widget=forms.TextInput)


class ReviewForm(forms.Form):
    note = forms.CharField(required=False, max_length=300, label="Note", widget=forms.TextInput)
