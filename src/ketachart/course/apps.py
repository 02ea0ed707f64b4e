from django.apps import AppConfig


class CourseConfig(AppConfig):
    name = "ketachart.course"
    label = "course"

    def ready(self) -> None:
        from ketachart.course import kinds, reactions
        from ketachart.web.navigation import register_patient_tab

        assert kinds
        reactions.listen()
        register_patient_tab(label="Plan", url_name="course:patient", permission="course.read", order=40)
