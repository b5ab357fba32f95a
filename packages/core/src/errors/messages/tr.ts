import type { ErrorCode } from "../codes.ts";

/** Turkish, with "siz". Nouns stay singular after a number, so no plurals are needed. */
export const tr: Readonly<Record<ErrorCode, string>> = {
  ERR_4001:
    "{required} krediye ihtiyacınız var, ancak sadece {available} krediniz var. Lütfen daha fazla kredi satın alın.",
  ERR_4002: "Seçilen model mevcut değil.",
  ERR_4003: "Bu metin kullanılamıyor. Lütfen değiştirip tekrar deneyin.",
  ERR_4004: "Çok fazla istek gönderdiniz. Lütfen {seconds, duration} sonra tekrar deneyin.",
  ERR_4005: "Devam etmek için lütfen giriş yapın.",
  ERR_4006: "Bu işlem için yetkiniz yok.",
  ERR_4007: "Aradığınız içerik bulunamadı. Silinmiş olabilir.",
  ERR_4008: "Bazı bilgiler geçerli değil. Lütfen kontrol edip tekrar deneyin.",
  ERR_4009: "Bu kayıt zaten var ya da bu sırada değişti. Lütfen sayfayı yenileyip tekrar deneyin.",
  ERR_4010: "Bu istek daha önce farklı bir içerikle gönderilmiş. Lütfen baştan başlayın.",
  ERR_4011: "İsteğiniz zaten işleniyor. Lütfen biraz bekleyin.",
  ERR_4012: "Hesabınız askıya alındı. Lütfen destek ekibiyle iletişime geçin.",
  ERR_4013: "Bu tutar iade edilebilecek olandan fazla. En fazla {refundable} kredi daha iade edilebilir.",
  ERR_4014: "Videonuz hâlâ hazırlanıyor. Lütfen tamamlanmasını bekleyin.",
  ERR_4015: "Bu işlem için ikinci bir yöneticinin onayı gerekiyor. Henüz hiçbir şey değiştirilmedi.",
  ERR_5001: "Video hizmeti zamanında yanıt vermedi. Lütfen tekrar deneyin.",
  ERR_5002: "Video hizmetine şu anda ulaşılamıyor. Lütfen daha sonra tekrar deneyin.",
  ERR_5003: "Video hizmeti bu isteği kabul etmedi. Lütfen metni veya ayarları değiştirin.",
  ERR_6001: "Verileriniz yüklenemedi veya kaydedilemedi. Lütfen daha sonra tekrar deneyin.",
  ERR_6002: "Dosya yüklenemedi veya kaydedilemedi. Lütfen daha sonra tekrar deneyin.",
  ERR_6003: "Bizden kaynaklanan bir hata oluştu. Lütfen daha sonra tekrar deneyin.",
  ERR_6004: "Bu özellik şu anda kullanılamıyor. Lütfen daha sonra tekrar deneyin.",
  ERR_6005: "Şu anda sunucularımıza ulaşılamıyor. Hiçbir şey değiştirilmedi. Lütfen birazdan tekrar deneyin.",
  ERR_6006: "İşlemin tamamlanıp tamamlanmadığını doğrulayamadık. Lütfen tekrar denemeden önce kontrol edin.",
  ERR_6007: "Hizmet şu anda kullanılamıyor. Lütfen daha sonra tekrar deneyin.",
  ERR_6008: "Şu anda isteğinizi alamıyoruz. Lütfen birkaç saniye sonra tekrar deneyin.",
};
